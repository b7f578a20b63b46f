/// \file
/// Finds sections of an ELF64 file.  TCB: every field of the file is hostile.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lind::object {

/// A section whose bytes lie inside the file.
struct Section {
  std::string_view name;
  std::uint64_t address;  ///< sh_addr: the image offset of .text and .rodata
  std::uint64_t offset;   ///< in the file
  std::span<const std::byte> bytes;
};

/// The sections with contents, in file order; names are unique.
/// Ownership: names and bytes point into `file`.
/// Errors: not an ELF64 little-endian shared object for x86-64; a header or section that ends
///   outside the file.
ErrorOr<std::vector<Section>> read_sections(std::span<const std::byte> file);

/// The section called `name`, null if there is none.
const Section* find_section(std::span<const Section> sections, std::string_view name);

}  // namespace lind::object
