/// \file
/// The sections of a module that a keep does not run with: those for debuggers.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lind::keep {

/// A module as a keep runs it.
struct StrippedModule {
  std::vector<std::byte> bytes;
  std::vector<std::string> left_out;  ///< names of the sections that are gone
};

/// Leaves out the custom sections `.debug_*`, `reloc.*`, `external_debug_info` and
/// `sourceMappingURL`.  What is no module, or broken, stays from there on as it is: whoever decodes
/// it says why.
StrippedModule strip_debug_sections(std::span<const std::byte> module);

}  // namespace lind::keep
