/// \file
/// Puts what LLVM made of the chunks together to one image.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "codegen/target_internal.h"
#include "vmabi/object_format.h"

namespace lind::codegen {

/// Machine code of one function in the image.
struct CodeRange {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;  ///< 0: there is none
  std::uint32_t frame_bytes = 0;
  std::uint32_t saved_regs = 0;
};

/// The image of object_format.h, with every reference resolved, and what lies where in it.
struct Image {
  std::vector<std::byte> text;
  std::vector<std::byte> rodata;
  std::uint32_t rodata_offset = 0;
  std::vector<CodeRange> functions;  ///< by index
  std::vector<CodeRange> adapters;   ///< by function
  std::vector<vmabi::CallSiteRecord> call_sites;
  std::vector<vmabi::TrapRecord> traps;
  std::vector<std::uint32_t> fs_sites;
};

/// Links the chunks in their order, but the functions of `first` and their adapters before all
/// other code.  `first`: indices below `num_functions`, each once. Errors: "internal error: ..."
/// for anything that is not plain code, constants and references
///   relative to the instruction pointer, such as a call of a library function.
ErrorOr<Image> link_image(std::span<const TargetOutput* const> chunks, std::size_t num_functions,
                          std::span<const std::uint32_t> first);

}  // namespace lind::codegen
