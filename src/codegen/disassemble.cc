#include "codegen/disassemble.h"

#include <memory>
#include <optional>

#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrAnalysis.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>

#include "base/check.h"

namespace lind::codegen {
namespace {

constexpr char kTriple[] = "x86_64-unknown-linux-gnu";
constexpr unsigned kIntelSyntax = 1;

/// LLVM's parts, which refer to each other, in the order they are made.
class Disassembler {
 public:
  Disassembler() {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86Disassembler();
    const llvm::Triple triple(kTriple);
    std::string error;
    const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(triple, error);
    LIND_CHECK(target != nullptr);
    registers_.reset(target->createMCRegInfo(triple));
    assembly_.reset(target->createMCAsmInfo(*registers_, triple, options_));
    // Everything there is: an object may be for another machine.
    subtarget_.reset(target->createMCSubtargetInfo(triple, "x86-64-v4", ""));
    instructions_.reset(target->createMCInstrInfo());
    analysis_.reset(target->createMCInstrAnalysis(instructions_.get()));
    context_ = std::make_unique<llvm::MCContext>(triple, assembly_.get(), registers_.get(),
                                                 subtarget_.get());
    decoder_.reset(target->createMCDisassembler(*subtarget_, *context_));
    printer_.reset(
        target->createMCInstPrinter(triple, kIntelSyntax, *assembly_, *instructions_, *registers_));
    LIND_CHECK(decoder_ != nullptr && printer_ != nullptr);
    printer_->setPrintImmHex(true);
    printer_->setPrintBranchImmAsAddress(true);
  }

  DisassembledInstruction one(llvm::ArrayRef<std::uint8_t> code, std::uint64_t address) {
    llvm::MCInst instruction;
    std::uint64_t num_bytes = 0;
    if (decoder_->getInstruction(instruction, num_bytes, code, address, llvm::nulls()) !=
        llvm::MCDisassembler::Success) {
      return {.address = address, .num_bytes = 1, .target = 0, .text = "(bad)"};
    }
    std::string text;
    llvm::raw_string_ostream stream(text);
    // Branches are printed relative to this address, which hardware takes to be the next one.
    printer_->printInst(&instruction, address + num_bytes, "", *subtarget_, stream);
    for (char& c : text) {
      if (c == '\t') c = ' ';
    }
    text.erase(0, text.find_first_not_of(' '));
    return {.address = address,
            .num_bytes = static_cast<std::uint32_t>(num_bytes),
            .target = target_of(instruction, address, num_bytes),
            .text = std::move(text)};
  }

 private:
  std::uint64_t target_of(const llvm::MCInst& instruction, std::uint64_t address,
                          std::uint64_t num_bytes) const {
    std::uint64_t target = 0;
    if (analysis_->evaluateBranch(instruction, address, num_bytes, target)) return target;
    const std::optional<std::uint64_t> operand =
        analysis_->evaluateMemoryOperandAddress(instruction, subtarget_.get(), address, num_bytes);
    return operand.value_or(0);
  }

  llvm::MCTargetOptions options_;
  std::unique_ptr<llvm::MCRegisterInfo> registers_;
  std::unique_ptr<llvm::MCAsmInfo> assembly_;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget_;
  std::unique_ptr<llvm::MCInstrInfo> instructions_;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis_;
  std::unique_ptr<llvm::MCContext> context_;
  std::unique_ptr<llvm::MCDisassembler> decoder_;
  std::unique_ptr<llvm::MCInstPrinter> printer_;
};

}  // namespace

std::vector<DisassembledInstruction> disassemble(std::span<const std::byte> code,
                                                 std::uint64_t address) {
  Disassembler disassembler;
  std::vector<std::uint8_t> bytes;
  for (const std::byte byte : code)
    bytes.push_back(std::to_integer<std::uint8_t>(byte));
  std::vector<DisassembledInstruction> listing;
  for (std::size_t at = 0; at < bytes.size(); at += listing.back().num_bytes) {
    listing.push_back(disassembler.one(llvm::ArrayRef(bytes).drop_front(at), address + at));
  }
  return listing;
}

}  // namespace lind::codegen
