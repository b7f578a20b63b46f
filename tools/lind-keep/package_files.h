/// \file
/// The files of a package, read once: what is measured is what runs.

#pragma once

#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/error.h"
#include "guest_program.h"
#include "host/unique_fd.h"
#include "keep/config.h"

namespace lind::cli {

/// Larger modules are refused.
inline constexpr std::uint64_t kMaxPackageFileBytes = 100'000'000;

struct PackageFile {
  std::string name;
  std::vector<std::byte> bytes;
};

struct Package {
  keep::Config config;
  PackageFile config_file;         ///< of a directory: the configuration as it is written
  std::vector<PackageFile> files;  ///< main.wasm first, then [lind] modules in their order
};

/// A file as it is; `name`: in the package.
/// Errors: 127 it is not there, 126 it is none or too large.
Result<PackageFile, ProgramError> load_package_file(const std::string& path, std::string name);

/// MODULE with its configuration; [lind] modules lie beside it.
/// Errors: as load_package_file.
Result<Package, ProgramError> load_module(const std::string& module, keep::Config config);

/// A directory with main.wasm, Enarx.toml and [lind] modules.
/// Errors: as load_module; 125 the configuration's, anything else in the directory, and what is
/// missing.
Result<Package, ProgramError> load_directory(const std::string& directory,
                                             keep::UnknownKeys unknown_keys);

/// Leaves sections for debuggers out of every module, with a note; `strict`: refuses them.
Result<void, ProgramError> strip_sections(Package& package, bool strict);

/// A file in memory that nobody can change any more.  Errors: the host's.
ErrorOr<host::UniqueFd> sealed_file(const PackageFile& file);

}  // namespace lind::cli
