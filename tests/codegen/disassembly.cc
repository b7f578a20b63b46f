#include "disassembly.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <gtest/gtest.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Triple.h>

namespace lind::testing {
namespace {

class Disassembler {
 public:
  Disassembler() : triple_("x86_64-unknown-linux-gnu") {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86Disassembler();
    std::string error;
    const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple_, error);
    registers_.reset(target->createMCRegInfo(triple_));
    asm_info_.reset(target->createMCAsmInfo(*registers_, triple_, llvm::MCTargetOptions()));
    subtarget_.reset(target->createMCSubtargetInfo(triple_, "x86-64-v3", ""));
    instructions_.reset(target->createMCInstrInfo());
    context_ = std::make_unique<llvm::MCContext>(triple_, asm_info_.get(), registers_.get(),
                                                 subtarget_.get());
    disassembler_.reset(target->createMCDisassembler(*subtarget_, *context_));
    printer_.reset(
        target->createMCInstPrinter(triple_, 0, *asm_info_, *instructions_, *registers_));
  }

  bool next(llvm::ArrayRef<std::uint8_t> bytes, std::uint32_t offset, Instruction& out) {
    llvm::MCInst inst;
    std::uint64_t size = 0;
    if (disassembler_->getInstruction(inst, size, bytes, offset, llvm::nulls()) !=
        llvm::MCDisassembler::Success) {
      return false;
    }
    out.offset = offset;
    out.bytes.assign(bytes.begin(), bytes.begin() + size);
    llvm::raw_string_ostream stream(out.text);
    printer_->printInst(&inst, offset, "", *subtarget_, stream);
    const llvm::MCInstrDesc& desc = instructions_->get(inst.getOpcode());
    out.is_call = desc.isCall() && !desc.isTerminator();
    find_memory(inst, desc, out);
    return true;
  }

 private:
  void find_memory(const llvm::MCInst& inst, const llvm::MCInstrDesc& desc, Instruction& out) {
    for (unsigned i = 0; i + 4 < desc.getNumOperands(); ++i) {
      if (desc.operands()[i].OperandType != llvm::MCOI::OPERAND_MEMORY) continue;
      out.has_memory = true;
      out.segment = name_of(inst.getOperand(i + 4).getReg());
      out.has_register = inst.getOperand(i).getReg() != 0 || inst.getOperand(i + 2).getReg() != 0;
      if (inst.getOperand(i + 3).isImm()) out.displacement = inst.getOperand(i + 3).getImm();
      return;
    }
  }
  std::string name_of(unsigned reg) const {
    return reg == 0 ? "" : llvm::StringRef(registers_->getName(reg)).lower();
  }

  llvm::Triple triple_;
  std::unique_ptr<llvm::MCRegisterInfo> registers_;
  std::unique_ptr<llvm::MCAsmInfo> asm_info_;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget_;
  std::unique_ptr<llvm::MCInstrInfo> instructions_;
  std::unique_ptr<llvm::MCContext> context_;
  std::unique_ptr<llvm::MCDisassembler> disassembler_;
  std::unique_ptr<llvm::MCInstPrinter> printer_;
};

}  // namespace

// Prefixes come in front, in any order; 0x0f and opcodes end them.
bool Instruction::has_prefix(std::uint8_t prefix) const {
  constexpr std::string_view kPrefixes = "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3";
  for (const std::uint8_t byte : bytes) {
    if (byte == prefix) return true;
    if (kPrefixes.find(static_cast<char>(byte)) == std::string_view::npos) return false;
  }
  return false;
}

std::vector<Instruction> disassemble(std::span<const std::byte> text) {
  std::vector<std::uint8_t> bytes;
  for (const std::byte byte : text)
    bytes.push_back(std::to_integer<std::uint8_t>(byte));
  Disassembler disassembler;
  std::vector<Instruction> result;
  std::uint32_t offset = 0;
  while (offset < bytes.size()) {
    Instruction instruction;
    if (!disassembler.next(llvm::ArrayRef(bytes).drop_front(offset), offset, instruction)) {
      ADD_FAILURE() << "no instruction at " << offset;
      break;
    }
    std::ranges::replace(instruction.text, '\t', ' ');
    offset = instruction.end();
    result.push_back(std::move(instruction));
  }
  return result;
}

}  // namespace lind::testing
