#include <utility>

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/MC/MCExpr.h>
#include <llvm/MC/MCFixup.h>
#include <llvm/MC/MCInst.h>

#include "codegen/code_emitter_internal.h"
#include "codegen/symbols_internal.h"
#include "vmabi/traps.h"

namespace lind::codegen {
namespace {

constexpr unsigned kScale = 1;
constexpr unsigned kIndex = 2;
constexpr unsigned kDisplacement = 3;
constexpr unsigned kSegment = 4;
/// X86::IP_HAS_AD_SIZE of LLVM's private X86BaseInfo.h.
constexpr unsigned kHasAddressSizePrefix = 1U << 1;

/// Opcodes and registers that we must recognise; their numbers are not in LLVM's public headers.
struct Names {
  unsigned ud1 = 0;
  unsigned ud2 = 0;
  unsigned fs = 0;
  unsigned gs = 0;
  unsigned eax = 0;

  Names(const llvm::MCInstrInfo& instructions, const llvm::MCRegisterInfo& registers) {
    for (unsigned opcode = 0; opcode < instructions.getNumOpcodes(); ++opcode) {
      const llvm::StringRef name = instructions.getName(opcode);
      if (name == "UD1Lm") ud1 = opcode;
      if (name == "TRAP") ud2 = opcode;
    }
    for (unsigned reg = 1; reg < registers.getNumRegs(); ++reg) {
      const llvm::StringRef name = registers.getName(reg);
      if (name == "FS") fs = reg;
      if (name == "GS") gs = reg;
      if (name == "EAX") eax = reg;
    }
  }
};

class CodeEmitter final : public llvm::MCCodeEmitter {
 public:
  CodeEmitter(std::unique_ptr<llvm::MCCodeEmitter> real, const llvm::MCInstrInfo& instructions,
              const llvm::MCRegisterInfo& registers, llvm::MCContext& context, bool with_prefix,
              std::vector<std::string>& errors)
      : real_(std::move(real)),
        instructions_(instructions),
        names_(instructions, registers),
        context_(context),
        with_prefix_(with_prefix),
        errors_(errors) {}

  void encodeInstruction(const llvm::MCInst& original, llvm::SmallVectorImpl<char>& bytes,
                         llvm::SmallVectorImpl<llvm::MCFixup>& fixups,
                         const llvm::MCSubtargetInfo& subtarget) const override {
    llvm::MCInst inst = original.getOpcode() == names_.ud2 ? unreachable() : original;
    const llvm::MCInstrDesc& desc = instructions_.get(inst.getOpcode());
    const int memory = memory_operands(desc);
    if (memory >= 0) rewrite(inst, static_cast<unsigned>(memory));
    const std::size_t start = bytes.size();
    real_->encodeInstruction(inst, bytes, fixups, subtarget);
    if (inst.getOpcode() == names_.ud1) {
      const std::int64_t code =
          inst.getOperand(static_cast<unsigned>(memory) + kDisplacement).getImm();
      mark(fixups, 0, kTrapSymbol, code);
    } else if (desc.isCall() && !desc.isTerminator()) {
      mark(fixups, static_cast<std::uint32_t>(bytes.size() - start), kCallSymbol, 0);
    }
  }

 private:
  llvm::MCInst unreachable() const {
    llvm::MCInst inst;
    inst.setOpcode(names_.ud1);
    inst.addOperand(llvm::MCOperand::createReg(names_.eax));
    inst.addOperand(llvm::MCOperand::createReg(names_.eax));
    inst.addOperand(llvm::MCOperand::createImm(1));
    inst.addOperand(llvm::MCOperand::createReg(0));
    inst.addOperand(
        llvm::MCOperand::createImm(static_cast<std::int64_t>(vmabi::TrapCode::k_unreachable)));
    inst.addOperand(llvm::MCOperand::createReg(0));
    return inst;
  }

  void rewrite(llvm::MCInst& inst, unsigned memory) const {
    const unsigned segment = inst.getOperand(memory + kSegment).getReg();
    const bool has_register =
        inst.getOperand(memory).getReg() != 0 || inst.getOperand(memory + kIndex).getReg() != 0;
    llvm::MCOperand& displacement = inst.getOperand(memory + kDisplacement);
    if (segment == names_.gs) {
      if (has_register && with_prefix_ && displacement.isImm()) {
        inst.setFlags(inst.getFlags() | kHasAddressSizePrefix);
      }
    } else if (segment == names_.fs) {
      if (has_register || !displacement.isImm()) {
        errors_.push_back("fs: reference that is not a constant");
        return;
      }
      displacement = llvm::MCOperand::createExpr(reference(kFsSymbol, displacement.getImm()));
    }
  }

  const llvm::MCExpr* reference(const char* symbol, std::int64_t offset) const {
    const llvm::MCExpr* base =
        llvm::MCSymbolRefExpr::create(context_.getOrCreateSymbol(symbol), context_);
    return llvm::MCBinaryExpr::createAdd(base, llvm::MCConstantExpr::create(offset, context_),
                                         context_);
  }

  void mark(llvm::SmallVectorImpl<llvm::MCFixup>& fixups, std::uint32_t offset, const char* symbol,
            std::int64_t value) const {
    fixups.push_back(llvm::MCFixup::create(offset, reference(symbol, value), llvm::FK_NONE));
  }

  std::unique_ptr<llvm::MCCodeEmitter> real_;
  const llvm::MCInstrInfo& instructions_;
  Names names_;
  llvm::MCContext& context_;
  bool with_prefix_;
  std::vector<std::string>& errors_;
};

}  // namespace

int memory_operands(const llvm::MCInstrDesc& desc) {
  const llvm::ArrayRef<llvm::MCOperandInfo> operands = desc.operands();
  for (unsigned i = 0; i + kSegment < operands.size(); ++i) {
    if (operands[i].OperandType != llvm::MCOI::OPERAND_MEMORY) continue;
    const bool whole = operands[i + kScale].OperandType == llvm::MCOI::OPERAND_MEMORY &&
                       operands[i + kSegment].OperandType == llvm::MCOI::OPERAND_MEMORY;
    return whole ? static_cast<int>(i) : -1;
  }
  return -1;
}

std::unique_ptr<llvm::MCCodeEmitter> create_code_emitter(std::unique_ptr<llvm::MCCodeEmitter> real,
                                                         const llvm::MCInstrInfo& instructions,
                                                         const llvm::MCRegisterInfo& registers,
                                                         llvm::MCContext& context, bool with_prefix,
                                                         std::vector<std::string>& errors) {
  return std::make_unique<CodeEmitter>(std::move(real), instructions, registers, context,
                                       with_prefix, errors);
}

}  // namespace lind::codegen
