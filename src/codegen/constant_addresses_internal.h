/// \file
/// Addresses of thread and state words are constants in machine code; LLVM is brought back to that.

#pragma once

#include <llvm/IR/PassManager.h>

namespace lind::codegen {

/// Where optimisation has made one access of two, to an address that is picked at run time (loads
/// of two globals on two ways that meet), makes an access of its own for each address again.
///
/// Of accesses through fs: all are, of those through gs: the ones below the linear memory.
/// Instruction selection would make such accesses of its own out of a choice between two loads, or
/// between two floats (from a table in .rodata, which the verifier cannot always follow); it is
/// kept from the first everywhere, from the second in functions that are compiled with extra care.
class ConstantAddressesPass : public llvm::PassInfoMixin<ConstantAddressesPass> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace lind::codegen
