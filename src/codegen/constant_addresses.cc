#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "codegen/constant_addresses_internal.h"

namespace lind::codegen {
namespace {

constexpr unsigned kGsAddressSpace = 256;
constexpr unsigned kFsAddressSpace = 257;

using Addresses = llvm::SmallSetVector<llvm::Constant*, 8>;

/// The constants that `pointer` may be; false if it may be something else.
bool collect(llvm::Value* pointer, Addresses& addresses) {
  llvm::SmallSetVector<llvm::Value*, 8> open;
  open.insert(pointer);
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (auto* constant = llvm::dyn_cast<llvm::Constant>(open[i])) {
      addresses.insert(constant);
    } else if (auto* phi = llvm::dyn_cast<llvm::PHINode>(open[i])) {
      open.insert_range(phi->incoming_values());
    } else if (auto* select = llvm::dyn_cast<llvm::SelectInst>(open[i])) {
      open.insert(select->getTrueValue());
      open.insert(select->getFalseValue());
    } else {
      return false;
    }
  }
  return true;
}

bool is_below_memory(const llvm::Constant* address) {
  const auto* expression = llvm::dyn_cast<llvm::ConstantExpr>(address);
  if (expression == nullptr || expression->getOpcode() != llvm::Instruction::IntToPtr) return false;
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(expression->getOperand(0));
  return number != nullptr && number->isNegative();
}

/// The addresses between which `access` picks at run time; none if it may stay as it is.
Addresses addresses_of(llvm::Instruction& access) {
  llvm::Value* pointer = llvm::getLoadStorePointerOperand(&access);
  Addresses addresses;
  if (pointer == nullptr || llvm::isa<llvm::Constant>(pointer)) return {};
  const unsigned space = pointer->getType()->getPointerAddressSpace();
  if ((space != kFsAddressSpace && space != kGsAddressSpace) || !collect(pointer, addresses)) {
    return {};
  }
  if (space == kGsAddressSpace && llvm::none_of(addresses, is_below_memory)) return {};
  return addresses;
}

/// One access for each address, on a way of its own; the last one needs no comparison.
void split(llvm::Instruction& access, const Addresses& addresses) {
  llvm::Value* pointer = llvm::getLoadStorePointerOperand(&access);
  const unsigned operand = llvm::isa<llvm::LoadInst>(access)
                               ? llvm::LoadInst::getPointerOperandIndex()
                               : llvm::StoreInst::getPointerOperandIndex();
  llvm::BasicBlock* block = access.getParent();
  llvm::Function* function = block->getParent();
  llvm::BasicBlock* behind = llvm::SplitBlock(block, access.getIterator());
  block->getTerminator()->eraseFromParent();
  llvm::IRBuilder<> b(block);
  llvm::PHINode* merged = nullptr;
  if (!access.getType()->isVoidTy()) {
    merged = llvm::PHINode::Create(access.getType(), static_cast<unsigned>(addresses.size()), "",
                                   behind->begin());
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    llvm::BasicBlock* hit = llvm::BasicBlock::Create(b.getContext(), "", function, behind);
    if (i + 1 == addresses.size()) {
      b.CreateBr(hit);
    } else {
      llvm::BasicBlock* next = llvm::BasicBlock::Create(b.getContext(), "", function, behind);
      b.CreateCondBr(b.CreateICmpEQ(pointer, addresses[i]), hit, next);
      b.SetInsertPoint(next);
    }
    llvm::Instruction* copy = access.clone();
    copy->setOperand(operand, addresses[i]);
    copy->insertInto(hit, hit->end());
    llvm::BranchInst::Create(behind, hit);
    if (merged != nullptr) merged->addIncoming(copy, hit);
  }
  if (merged != nullptr) access.replaceAllUsesWith(merged);
  access.eraseFromParent();
}

bool loads_thread_word(llvm::Value* value) {
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(value);
  return load != nullptr && load->getPointerAddressSpace() == kFsAddressSpace;
}

/// A choice between volatile loads stays one.
bool keep_loads(llvm::SelectInst& select) {
  llvm::Value* values[] = {select.getTrueValue(), select.getFalseValue()};
  if (!llvm::all_of(values, loads_thread_word)) return false;
  for (llvm::Value* value : values)
    llvm::cast<llvm::LoadInst>(value)->setVolatile(true);
  return true;
}

/// A choice between floats as one between integers.
bool keep_constants(llvm::SelectInst& select) {
  llvm::Type* type = select.getType();
  auto* on_true = llvm::dyn_cast<llvm::ConstantFP>(select.getTrueValue());
  auto* on_false = llvm::dyn_cast<llvm::ConstantFP>(select.getFalseValue());
  if (on_true == nullptr || on_false == nullptr || type->isVectorTy()) return false;
  llvm::IRBuilder<> b(&select);
  llvm::Value* bits =
      b.CreateSelect(select.getCondition(), b.getInt(on_true->getValueAPF().bitcastToAPInt()),
                     b.getInt(on_false->getValueAPF().bitcastToAPInt()));
  // Or instruction selection would look through the cast.
  llvm::FunctionType* same = llvm::FunctionType::get(bits->getType(), {bits->getType()}, false);
  bits = b.CreateCall(llvm::InlineAsm::get(same, "", "=r,0", false), {bits});
  select.replaceAllUsesWith(b.CreateBitCast(bits, type));
  select.eraseFromParent();
  return true;
}

bool keep_choices(llvm::Function& function) {
  const bool with_care = function.getFnAttribute("no-jump-tables").getValueAsBool();
  bool changed = false;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(block)) {
      auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction);
      if (select == nullptr) continue;
      changed |= keep_loads(*select) || (with_care && keep_constants(*select));
    }
  }
  return changed;
}

}  // namespace

llvm::PreservedAnalyses ConstantAddressesPass::run(llvm::Function& function,
                                                   llvm::FunctionAnalysisManager& /*analyses*/) {
  llvm::SmallVector<std::pair<llvm::Instruction*, Addresses>, 4> found;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      Addresses addresses = addresses_of(instruction);
      if (!addresses.empty()) found.emplace_back(&instruction, std::move(addresses));
    }
  }
  for (auto& [access, addresses] : found)
    split(*access, addresses);
  const bool kept = keep_choices(function);
  return found.empty() && !kept ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

}  // namespace lind::codegen
