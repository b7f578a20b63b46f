#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/CodeGen/MachineFrameInfo.h>
#include <llvm/CodeGen/MachineFunction.h>
#include <llvm/CodeGen/MachineInstrBuilder.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/TargetInstrInfo.h>
#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Instructions.h>
#include <llvm/MC/MCContext.h>

#include "codegen/code_emitter_internal.h"
#include "codegen/finish_pass_internal.h"
#include "codegen/symbols_internal.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"

namespace lind::codegen {
namespace {

constexpr unsigned kGsAddressSpace = 256;
constexpr unsigned kDisplacement = 3;
constexpr unsigned kSegment = 4;
constexpr unsigned kLabelOpcode = llvm::TargetOpcode::EH_LABEL;

/// In the order of the bits of FunctionRecord::saved_regs.
constexpr std::string_view kSavedRegisters[] = {  // NOLINT(modernize-avoid-c-arrays): constexpr
    "RBX", "RBP", "R12", "R13", "R14", "R15"};

class FinishPass final : public llvm::MachineFunctionPass {
 public:
  static char ID;  // NOLINT(readability-identifier-naming): LLVM's convention

  FinishPass(std::vector<FrameLayout>& frames, std::vector<std::string>& errors)
      : MachineFunctionPass(ID), frames_(frames), errors_(errors) {}

  llvm::StringRef getPassName() const override { return "lind finish"; }

  bool runOnMachineFunction(llvm::MachineFunction& function) override {
    find_names(function);
    note_frame(function);
    find_calls(function.getFunction());
    name_landing_pads(function);
    for (llvm::MachineBasicBlock& block : function) {
      for (auto next = block.begin(); next != block.end();) {
        llvm::MachineInstr& inst = *next++;
        if (inst.isCall()) {
          check_tail_call(function, inst);
          rewrite_builtin_call(block, inst);
        } else {
          separate_table_load(function, inst);
        }
      }
    }
    return true;
  }

 private:
  void find_names(const llvm::MachineFunction& function) {
    if (call_memory_ != 0) return;
    const llvm::TargetInstrInfo& instructions = *function.getSubtarget().getInstrInfo();
    for (unsigned opcode = 0; opcode < instructions.getNumOpcodes(); ++opcode) {
      if (instructions.getName(opcode) == "CALL64m") call_memory_ = opcode;
    }
    const llvm::TargetRegisterInfo& registers = *function.getSubtarget().getRegisterInfo();
    for (unsigned reg = 1; reg < registers.getNumRegs(); ++reg) {
      const std::string_view name = registers.getName(reg);
      if (name == "FS") fs_ = reg;
      if (name == "GS") gs_ = reg;
      for (std::size_t i = 0; i < std::size(kSavedRegisters); ++i) {
        if (name == kSavedRegisters[i]) saved_[i] = reg;
      }
    }
  }

  void note_frame(const llvm::MachineFunction& function) {
    const llvm::MachineFrameInfo& frame = function.getFrameInfo();
    if (frame.hasVarSizedObjects() || frame.hasOpaqueSPAdjustment()) {
      fail(function, "a frame of variable size");
    }
    FrameLayout layout;
    layout.symbol = function.getName().str();
    layout.frame_bytes = static_cast<std::uint32_t>(frame.getStackSize());
    for (const llvm::CalleeSavedInfo& saved : frame.getCalleeSavedInfo()) {
      for (std::size_t i = 0; i < std::size(saved_); ++i) {
        if (saved.getReg() == saved_[i]) layout.saved_regs |= 1U << i;
      }
    }
    frames_.push_back(std::move(layout));
  }

  // Gives names to the landing pads and to the places behind their calls, and then takes away what
  // would make LLVM write its own tables.
  void name_landing_pads(llvm::MachineFunction& function) const {
    const std::vector<llvm::LandingPadInfo>& pads = function.getLandingPads();
    llvm::DenseMap<const llvm::MCSymbol*, std::size_t> begins;
    llvm::DenseMap<const llvm::MCSymbol*, std::size_t> starts;
    for (std::size_t pad = 0; pad < pads.size(); ++pad) {
      starts[pads[pad].LandingPadLabel] = pad;
      for (const llvm::MCSymbol* label : pads[pad].BeginLabels)
        begins[label] = pad;
    }
    const llvm::TargetInstrInfo& instructions = *function.getSubtarget().getInstrInfo();
    std::size_t num_calls = 0;
    for (llvm::MachineBasicBlock& block : function) {
      std::optional<std::size_t> pad;
      for (auto next = block.begin(); next != block.end();) {
        const llvm::MachineInstr& inst = *next++;
        const auto name_here = [&](const std::string& name) {
          llvm::BuildMI(block, next, inst.getDebugLoc(), instructions.get(kLabelOpcode))
              .addSym(function.getContext().getOrCreateSymbol(name));
        };
        if (inst.isEHLabel()) {
          const llvm::MCSymbol* label = inst.getOperand(0).getMCSymbol();
          if (const auto start = starts.find(label); start != starts.end()) {
            name_here(landing_pad_symbol(function.getName().str(), start->second));
          }
          const auto begin = begins.find(label);
          pad = begin == begins.end() ? std::nullopt : std::optional(begin->second);
        } else if (inst.isCall() && pad) {
          name_here(landing_call_symbol(function.getName().str(), *pad, num_calls++));
        }
      }
    }
    function.getFunction().setPersonalityFn(nullptr);
    function.getFunction().addFnAttr(llvm::Attribute::NoUnwind);
  }

  // A callee is a function, or null for one from a table.
  void find_calls(const llvm::Function& function) {
    tail_callees_.clear();
    other_callees_.clear();
    for (const llvm::BasicBlock& block : function) {
      for (const llvm::Instruction& inst : block) {
        const auto* call = llvm::dyn_cast<llvm::CallBase>(&inst);
        if (call == nullptr || call->getIntrinsicID() != llvm::Intrinsic::not_intrinsic) continue;
        const bool is_marked = call->getMetadata(kTailCallMark) != nullptr;
        (is_marked ? tail_callees_ : other_callees_).insert(call->getCalledFunction());
      }
    }
  }

  void check_tail_call(const llvm::MachineFunction& function, const llvm::MachineInstr& inst) {
    if (tail_callees_.empty() || inst.isReturn()) return;
    const llvm::MachineOperand& operand = inst.getOperand(0);
    const llvm::Value* callee = operand.isGlobal() ? operand.getGlobal() : nullptr;
    if (tail_callees_.contains(callee) && !other_callees_.contains(callee)) {
      fail(function, "a tail call that became a call");
    }
  }

  void rewrite_builtin_call(llvm::MachineBasicBlock& block, llvm::MachineInstr& inst) const {
    const llvm::MachineOperand& callee = inst.getOperand(0);
    if (!callee.isGlobal()) return;
    const llvm::StringRef name = callee.getGlobal()->getName();
    const auto builtin = index_in_symbol('b', std::string_view(name.data(), name.size()));
    if (!builtin) return;
    const std::int64_t displacement =
        vmabi::kNominalOffset +
        static_cast<std::int64_t>(offsetof(vmabi::ThreadBlock, builtin_entry) + 8 * *builtin);
    const llvm::TargetInstrInfo& instructions = *block.getParent()->getSubtarget().getInstrInfo();
    llvm::MachineInstrBuilder call =
        llvm::BuildMI(block, inst, inst.getDebugLoc(), instructions.get(call_memory_))
            .addReg(0)
            .addImm(1)
            .addReg(0)
            .addImm(displacement)
            .addReg(fs_);
    // The constructor has added the implicit operands of the new opcode; the old call has them
    // too, with its own register mask and results behind.
    while (call->getNumOperands() > kSegment + 1)
      call->removeOperand(call->getNumOperands() - 1);
    for (unsigned i = 1; i < inst.getNumOperands(); ++i)
      call.add(inst.getOperand(i));
    block.erase(&inst);
  }

  void separate_table_load(const llvm::MachineFunction& function, llvm::MachineInstr& inst) {
    const int memory = memory_operands(inst.getDesc());
    if (memory < 0) return;
    const auto first = static_cast<unsigned>(memory);
    if (inst.getOperand(first + kSegment).getReg() != gs_) return;
    bool is_table = false;
    bool is_other = inst.memoperands_empty();
    for (const llvm::MachineMemOperand* operand : inst.memoperands()) {
      const bool table = operand->getAddrSpace() == kGsAddressSpace &&
                         operand->getSuccessOrdering() == llvm::AtomicOrdering::Monotonic;
      (table ? is_table : is_other) = true;
    }
    llvm::MachineOperand& displacement = inst.getOperand(first + kDisplacement);
    const bool looks_like_table = displacement.isImm() &&
                                  displacement.getImm() >= vmabi::kTableWindowsStart &&
                                  displacement.getImm() < vmabi::kTableWindowsEnd;
    if (!is_table) {
      if (inst.memoperands_empty() && looks_like_table)
        fail(function, "lost track of a table load");
      return;
    }
    if (is_other || !displacement.isImm()) {
      fail(function, "a table load that is also something else");
      return;
    }
    const std::int64_t offset = displacement.getImm();
    displacement.ChangeToES(kGsSymbol);
    displacement.setOffset(offset);
  }

  void fail(const llvm::MachineFunction& function, std::string_view what) {
    errors_.push_back(function.getName().str() + ": " + std::string(what));
  }

  std::vector<FrameLayout>& frames_;
  std::vector<std::string>& errors_;
  llvm::SmallPtrSet<const llvm::Value*, 8> tail_callees_;   ///< of the function at hand
  llvm::SmallPtrSet<const llvm::Value*, 8> other_callees_;  ///< as above
  unsigned call_memory_ = 0;
  unsigned fs_ = 0;
  unsigned gs_ = 0;
  unsigned saved_[std::size(kSavedRegisters)]{};  // NOLINT(modernize-avoid-c-arrays): as above
};

char FinishPass::ID = 0;

}  // namespace

llvm::MachineFunctionPass* create_finish_pass(std::vector<FrameLayout>& frames,
                                              std::vector<std::string>& errors) {
  return new FinishPass(frames, errors);  // the pass manager owns it
}

}  // namespace lind::codegen
