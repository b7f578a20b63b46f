/// \file
/// The last look at machine code before it is encoded.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <llvm/CodeGen/MachineFunctionPass.h>

namespace lind::codegen {

/// The frame of one machine function; FunctionRecord has the meaning of both numbers.
struct FrameLayout {
  std::string symbol;
  std::uint32_t frame_bytes = 0;
  std::uint32_t saved_regs = 0;
};

/// Turns calls of b<N> into calls through the thread block, takes the table loads out of the
/// reach of the address-size prefix, and notes the frame of each function.
///
/// A table entry is read by a monotonic atomic load, which nothing else in our code is; its
/// displacement becomes kGsSymbol + offset, by which CodeEmitter knows it.
/// Appends to `frames` and, for what we cannot express, to `errors`.
llvm::MachineFunctionPass* create_finish_pass(std::vector<FrameLayout>& frames,
                                              std::vector<std::string>& errors);

}  // namespace lind::codegen
