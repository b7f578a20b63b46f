// Locals, globals, constants, references, and the other instructions without memory or calls.

#include <cstddef>

#include <llvm/IR/Constants.h>

#include "codegen/function_emitter_internal.h"
#include "vmabi/thread_block.h"

namespace lind::codegen {
namespace {

constexpr unsigned kFsAddressSpace = 257;

}  // namespace

bool FunctionEmitter::emit_variable(const wasm::Instruction& instruction) {
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kLocalGet: {
      llvm::AllocaInst* local = locals_[instruction.index];
      push(b_.CreateLoad(local->getAllocatedType(), local));
      return true;
    }
    case op::kLocalSet:
      b_.CreateStore(pop(), locals_[instruction.index]);
      return true;
    case op::kLocalTee:
      b_.CreateStore(stack_.back(), locals_[instruction.index]);
      return true;
    case op::kGlobalGet:
      push(global_get(instruction.index));
      return true;
    case op::kGlobalSet:
      global_set(instruction.index, pop());
      return true;
    case op::kI32Const:
      push(i32(static_cast<std::uint32_t>(instruction.bits)));
      return true;
    case op::kI64Const:
      push(i64(instruction.bits));
      return true;
    case op::kF32Const:
      push(llvm::ConstantExpr::getBitCast(i32(static_cast<std::uint32_t>(instruction.bits)),
                                          b_.getFloatTy()));
      return true;
    case op::kF64Const:
      push(llvm::ConstantExpr::getBitCast(i64(instruction.bits), b_.getDoubleTy()));
      return true;
    case op::kRefNull:
      push(i64(vmabi::kNullReference));
      return true;
    case op::kRefIsNull:
      push(b_.CreateZExt(b_.CreateICmpEQ(pop(), i64(vmabi::kNullReference)), b_.getInt32Ty()));
      return true;
    case op::kRefFunc:
      push(i64(std::uint64_t{instruction.index} + 1));
      return true;
    case op::kDrop:
      pop();
      return true;
    case op::kSelect:
    case op::kSelectT: {
      const Values operands = pop_n(3);
      push(b_.CreateSelect(b_.CreateICmpNE(operands[2], i32(0)), operands[0], operands[1]));
      return true;
    }
    default:
      return false;
  }
}

llvm::Value* FunctionEmitter::thread_block(std::size_t offset) {
  const std::int64_t address = vmabi::kNominalOffset + static_cast<std::int64_t>(offset);
  return llvm::ConstantExpr::getIntToPtr(b_.getInt64(static_cast<std::uint64_t>(address)),
                                         b_.getPtrTy(kFsAddressSpace));
}

llvm::Value* FunctionEmitter::vector_constant(std::uint64_t low, std::uint64_t high) {
  return llvm::ConstantVector::get({i64(low), i64(high)});
}

llvm::Value* FunctionEmitter::constant_of(const wasm::Global& global) {
  switch (global.init.kind) {
    case wasm::ConstExpr::Kind::kFunction:
      return i64(std::uint64_t{global.init.index} + 1);
    case wasm::ConstExpr::Kind::kNull:
      return i64(vmabi::kNullReference);
    case wasm::ConstExpr::Kind::kGlobal:
    case wasm::ConstExpr::Kind::kSteps:
    case wasm::ConstExpr::Kind::kValue:
      break;
  }
  switch (global.type.value) {
    case wasm::ValueType::kI32:
      return i32(static_cast<std::uint32_t>(global.init.low));
    case wasm::ValueType::kF32:
      return llvm::ConstantExpr::getBitCast(i32(static_cast<std::uint32_t>(global.init.low)),
                                            b_.getFloatTy());
    case wasm::ValueType::kF64:
      return llvm::ConstantExpr::getBitCast(i64(global.init.low), b_.getDoubleTy());
    case wasm::ValueType::kV128:
      return vector_constant(global.init.low, global.init.high);
    case wasm::ValueType::kI64:
    case wasm::ValueType::kFuncRef:
    case wasm::ValueType::kExternRef:
    case wasm::ValueType::kExnRef:
      break;
  }
  return i64(global.init.low);
}

llvm::Value* FunctionEmitter::global_get(std::uint32_t index) {
  const std::uint32_t word = chunk_.plan().first_word[index];
  const wasm::Global& global = module_.globals[index];
  if (word == vmabi::kNoIndex) return constant_of(global);
  llvm::LoadInst* load = b_.CreateAlignedLoad(
      chunk_.type_of(global.type.value),
      thread_block(offsetof(vmabi::ThreadBlock, globals) + 8 * std::size_t{word}), llvm::Align(8));
  load->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kGlobals));
  return load;
}

void FunctionEmitter::global_set(std::uint32_t index, llvm::Value* value) {
  const std::uint32_t word = chunk_.plan().first_word[index];
  // A signal handler starts below the stack pointer it finds.  The store of a lowered one must
  // stay in front of the accesses to the frame, and must happen at all.
  const bool is_stack_pointer = !is_exact() && index == chunk_.plan().stack_pointer_global;
  llvm::StoreInst* store = b_.CreateAlignedStore(
      value, thread_block(offsetof(vmabi::ThreadBlock, globals) + 8 * std::size_t{word}),
      llvm::Align(8), is_stack_pointer);
  store->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kGlobals));
  if (is_stack_pointer) {
    b_.CreateFence(llvm::AtomicOrdering::SequentiallyConsistent, llvm::SyncScope::SingleThread);
  }
}

llvm::Value* FunctionEmitter::load_slot(wasm::ValueType type, std::uint32_t slot) {
  llvm::LoadInst* load = b_.CreateAlignedLoad(
      chunk_.type_of(type),
      thread_block(offsetof(vmabi::ThreadBlock, slots) + 8 * std::size_t{slot}), llvm::Align(8));
  load->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kSlots));
  return load;
}

void FunctionEmitter::store_slot(llvm::Value* value, std::uint32_t slot, bool whole_word) {
  if (whole_word && value->getType()->isFloatTy()) value = b_.CreateBitCast(value, b_.getInt32Ty());
  if (whole_word && value->getType()->isIntegerTy(32))
    value = b_.CreateZExt(value, b_.getInt64Ty());
  llvm::StoreInst* store = b_.CreateAlignedStore(
      value, thread_block(offsetof(vmabi::ThreadBlock, slots) + 8 * std::size_t{slot}),
      llvm::Align(8));
  store->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kSlots));
}

}  // namespace lind::codegen
