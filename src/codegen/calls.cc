// Calls of functions, table entries and builtins; table instructions.

#include <cstddef>

#include <llvm/IR/Constants.h>
#include <llvm/IR/MDBuilder.h>

#include "codegen/function_emitter_internal.h"
#include "vmabi/layout.h"

namespace lind::codegen {

using vmabi::Builtin;

bool FunctionEmitter::emit_call(const wasm::Instruction& instruction) {
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kCall:
      call(instruction.index);
      return true;
    case op::kCallIndirect:
      call_indirect(instruction.index, instruction.index2);
      return true;
    default:
      return emit_table(instruction);
  }
}

bool FunctionEmitter::emit_table(const wasm::Instruction& instruction) {
  llvm::ConstantInt* first = i32(instruction.index);
  const auto with_prefix = [this](std::size_t count, std::initializer_list<llvm::Value*> prefix) {
    Values args = pop_n(count);
    args.insert(args.begin(), prefix.begin(), prefix.end());
    return args;
  };
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kTableGet:
      push(call_builtin(Builtin::k_table_get, with_prefix(1, {first})));
      return true;
    case op::kTableSet:
      call_builtin(Builtin::k_table_set, with_prefix(2, {first}));
      return true;
    case op::kTableGrow:
      push(call_builtin(Builtin::k_table_grow, with_prefix(2, {first})));
      return true;
    case op::kTableFill: {
      Values args = with_prefix(3, {first});
      call_builtin(Builtin::k_table_fill, args);
      return true;
    }
    case op::kTableCopy:
      call_builtin(Builtin::k_table_copy, with_prefix(3, {first, i32(instruction.index2)}));
      return true;
    case op::kTableInit:
      call_builtin(Builtin::k_table_init, with_prefix(3, {i32(instruction.index2), first}));
      return true;
    case op::kElemDrop:
      call_builtin(Builtin::k_elem_drop, {first});
      return true;
    case op::kTableSize:
      push(table_size(instruction.index));
      return true;
    default:
      return false;
  }
}

llvm::CallInst* FunctionEmitter::call_builtin(Builtin builtin, llvm::ArrayRef<llvm::Value*> args) {
  llvm::CallInst* call = b_.CreateCall(chunk_.builtin(builtin), args);
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);
  return call;
}

Values FunctionEmitter::call_by_convention(std::uint32_t type, llvm::Value* callee,
                                           llvm::ArrayRef<llvm::Value*> args) {
  const Signature& signature = chunk_.plan().signatures[type];
  const wasm::FuncType& wasm_type = module_.types[type];
  Values in_registers;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (signature.params[i].in_register) {
      in_registers.push_back(args[i]);
    } else {
      store_slot(args[i], signature.params[i].slot, false);
    }
  }
  llvm::CallInst* call = b_.CreateCall(chunk_.function_type(type), callee, in_registers);
  call->addFnAttr(llvm::Attribute::NoUnwind);
  Values results;
  for (std::size_t i = 0; i < wasm_type.results.size(); ++i) {
    const Place& place = signature.results[i];
    results.push_back(place.in_register ? call : load_slot(wasm_type.results[i], place.slot));
  }
  return results;
}

void FunctionEmitter::call(std::uint32_t function) {
  const std::uint32_t type = module_.functions[function].type;
  if (function < module_.num_imported_functions && chunk_.plan().builtins[function]) {
    call_imported_builtin(*chunk_.plan().builtins[function], type);
    return;
  }
  const Values args = pop_n(module_.types[type].params.size());
  const Values results = call_by_convention(type, chunk_.function(function), args);
  stack_.insert(stack_.end(), results.begin(), results.end());
}

// setjmp must be called in the frame that it is about, hence no stub.  The convention of
// functions and that of builtins agree on these.
void FunctionEmitter::call_imported_builtin(Builtin builtin, std::uint32_t type) {
  const Signature& signature = chunk_.plan().signatures[type];
  const Values args = pop_n(signature.params.size());
  Values in_registers;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (signature.params[i].in_register) {
      in_registers.push_back(args[i]);
    } else {
      store_slot(args[i], signature.params[i].slot, false);
    }
  }
  llvm::CallInst* result = call_builtin(builtin, in_registers);
  if (builtin == Builtin::k_setjmp) result->addFnAttr(llvm::Attribute::ReturnsTwice);
  if (builtin == Builtin::k_longjmp) {
    trap(TrapCode::k_unreachable);
    reachable_ = false;
  } else if (!result->getType()->isVoidTy()) {
    push(result);
  }
}

llvm::Value* FunctionEmitter::table_size(std::uint32_t table) {
  const std::int64_t offset = vmabi::kStateOffset +
                              static_cast<std::int64_t>(offsetof(vmabi::StatePage, table_size)) +
                              4 * std::int64_t{table};
  llvm::LoadInst* size = b_.CreateAlignedLoad(b_.getInt32Ty(), state(offset), llvm::Align(4));
  size->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kState));
  return size;
}

// The mask is wider than any size the table can have, so LLVM cannot drop it: it keeps the load
// inside the window even where a processor runs ahead of the comparison.
llvm::Value* FunctionEmitter::load_table_entry(std::uint32_t table, llvm::Value* index) {
  const TablePlan& plan = chunk_.plan().tables[table];
  trap_if(b_.CreateICmpUGE(index, table_size(table)), TrapCode::k_undefined_element);
  llvm::Value* masked = b_.CreateZExt(b_.CreateAnd(index, i32(plan.index_mask)), b_.getInt64Ty());
  llvm::Value* offset =
      b_.CreateAdd(b_.CreateShl(masked, 3), i64(static_cast<std::uint64_t>(plan.window_offset)));
  llvm::LoadInst* entry = b_.CreateAlignedLoad(b_.getInt64Ty(), pointer_to(offset), llvm::Align(8));
  entry->setAtomic(llvm::AtomicOrdering::Monotonic);  // loaded once; see finish_pass_internal.h
  entry->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kState));
  return entry;
}

void FunctionEmitter::check_entry_type(llvm::Value* found, std::uint32_t expected) {
  llvm::BasicBlock* mismatch = new_block();
  llvm::BasicBlock* next = new_block();
  b_.CreateCondBr(b_.CreateICmpEQ(found, i32(expected)), next, mismatch,
                  llvm::MDBuilder(chunk_.context()).createLikelyBranchWeights());
  continue_at(mismatch);
  trap_if(b_.CreateICmpEQ(found, i32(0)), TrapCode::k_uninitialized_element);
  if (is_exact()) {
    trap(TrapCode::k_indirect_call_type);
  } else {
    call_builtin(Builtin::k_indirect_mismatch, {i32(expected), found});
    b_.CreateBr(next);
  }
  continue_at(next);
}

void FunctionEmitter::call_indirect(std::uint32_t type, std::uint32_t table) {
  llvm::Value* entry = load_table_entry(table, pop());
  const Values args = pop_n(module_.types[type].params.size());
  check_entry_type(b_.CreateTrunc(b_.CreateLShr(entry, 32), b_.getInt32Ty()),
                   chunk_.plan().type_ids[type]);
  llvm::Value* code_offset = b_.CreateZExt(b_.CreateTrunc(entry, b_.getInt32Ty()), b_.getInt64Ty());
  llvm::Value* callee = b_.CreateGEP(b_.getInt8Ty(), chunk_.image(), code_offset);
  const Values results = call_by_convention(type, callee, args);
  stack_.insert(stack_.end(), results.begin(), results.end());
}

}  // namespace lind::codegen
