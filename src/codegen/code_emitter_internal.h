/// \file
/// Wraps LLVM's instruction encoder.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include <llvm/MC/MCCodeEmitter.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>

namespace lind::codegen {

/// Position of the five operands (base, scale, index, displacement, segment) of an instruction's
/// memory reference, or -1 if it has none.
int memory_operands(const llvm::MCInstrDesc& desc);

/// An encoder that
///   - sets the address-size prefix on gs: references with a register, so that hardware cuts the
///     sum to 32 bits, unless the displacement refers to kGsSymbol;
///   - makes every fs: displacement refer to kFsSymbol, so that a relocation marks it;
///   - marks every ud1 and the end of every call, and turns ud2 into the ud1 of `unreachable`.
/// `exact` leaves out the prefix.  What does not fit these rules is appended to `errors`.
std::unique_ptr<llvm::MCCodeEmitter> create_code_emitter(std::unique_ptr<llvm::MCCodeEmitter> real,
                                                         const llvm::MCInstrInfo& instructions,
                                                         const llvm::MCRegisterInfo& registers,
                                                         llvm::MCContext& context, bool with_prefix,
                                                         std::vector<std::string>& errors);

}  // namespace lind::codegen
