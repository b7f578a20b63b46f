/// \file
/// Files of keys and signatures on lindc's command line.

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/error.h"

namespace lind {

struct KeyFiles {
  std::string public_key;
  std::string secret_key;  ///< "raw:PATH" as lucetc has it, or PATH
};

/// Makes a pair of keys.  Errors: a name is missing; a file is there already; the host's.
ErrorOr<void> make_keys(const KeyFiles& files);
/// Writes PATH.minisig.  Errors: no secret key, or none that can be used; the host's.
ErrorOr<void> sign_file(const std::string& path, std::span<const std::byte> contents,
                        const KeyFiles& files);

}  // namespace lind
