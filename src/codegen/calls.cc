// Calls of functions, table entries and builtins; table instructions.

#include <cstddef>
#include <limits>

#include <llvm/IR/Constants.h>
#include <llvm/IR/MDBuilder.h>

#include "codegen/function_emitter_internal.h"
#include "codegen/symbols_internal.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"
#include "vmabi/type_id.h"
#include "wasm/instruction_reader.h"

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
    case op::kReturnCall:
      return_call(instruction.index);
      return true;
    case op::kReturnCallIndirect:
      return_call_indirect(instruction.index, instruction.index2);
      return true;
    default:
      return emit_table(instruction);
  }
}

bool FunctionEmitter::emit_table(const wasm::Instruction& instruction) {
  llvm::ConstantInt* table = i32(instruction.index);
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kTableGet:
      push(call_builtin(Builtin::k_table_get, {table, narrow_count(pop())}));
      return true;
    case op::kTableSet: {
      const Values args = pop_n(2);
      call_builtin(Builtin::k_table_set, {table, narrow_count(args[0]), args[1]});
      return true;
    }
    case op::kTableGrow: {
      const Values args = pop_n(2);
      llvm::Value* old =
          call_builtin(Builtin::k_table_grow, {table, args[0], narrow_count(args[1])});
      const bool is_wide = has_wide_index(instruction.index);
      push(is_wide ? b_.CreateSExt(old, b_.getInt64Ty()) : old);
      return true;
    }
    case op::kTableFill: {
      const Values args = pop_n(3);
      call_builtin(Builtin::k_table_fill,
                   {table, narrow_count(args[0]), args[1], narrow_count(args[2])});
      return true;
    }
    case op::kTableCopy: {
      const Values args = pop_n(3);
      call_builtin(Builtin::k_table_copy, {table, i32(instruction.index2), narrow_count(args[0]),
                                           narrow_count(args[1]), narrow_count(args[2])});
      return true;
    }
    case op::kTableInit: {
      const Values args = pop_n(3);
      call_builtin(Builtin::k_table_init,
                   {i32(instruction.index2), table, narrow_count(args[0]), args[1], args[2]});
      return true;
    }
    case op::kElemDrop:
      call_builtin(Builtin::k_elem_drop, {table});  // the index is a segment's
      return true;
    case op::kTableSize: {
      llvm::Value* size = table_size(instruction.index);
      push(has_wide_index(instruction.index) ? wide(size) : size);
      return true;
    }
    default:
      return false;
  }
}

bool FunctionEmitter::has_wide_index(std::uint32_t table) const {
  return module_.tables[table].type.address == wasm::ValueType::kI64;
}

// No table has so many entries: what does not fit 32 bits is out of bounds either way.
llvm::Value* FunctionEmitter::narrow_count(llvm::Value* value) {
  if (value->getType()->isIntegerTy(32)) return value;
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  return b_.CreateTrunc(b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, value, i64(kMost)),
                        b_.getInt32Ty());
}

llvm::Value* FunctionEmitter::table_index(std::uint32_t table, llvm::Value* index, TrapCode code) {
  if (!has_wide_index(table)) return index;
  trap_if(b_.CreateICmpNE(b_.CreateLShr(index, 32), i64(0)), code);
  return b_.CreateTrunc(index, b_.getInt32Ty());
}

llvm::CallInst* FunctionEmitter::call_builtin(Builtin builtin, llvm::ArrayRef<llvm::Value*> args) {
  llvm::CallInst* call = b_.CreateCall(chunk_.builtin(builtin), args);
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);
  return call;
}

Values FunctionEmitter::place_arguments(std::uint32_t type, llvm::ArrayRef<llvm::Value*> args) {
  const Signature& signature = chunk_.plan().signatures[type];
  Values in_registers;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (signature.params[i].in_register) {
      in_registers.push_back(args[i]);
    } else {
      store_slot(args[i], signature.params[i].slot, false);
    }
  }
  return in_registers;
}

Values FunctionEmitter::call_by_convention(std::uint32_t type, llvm::Value* callee,
                                           llvm::ArrayRef<llvm::Value*> args) {
  return finish_call(
      type, call_or_invoke(chunk_.function_type(type), callee, place_arguments(type, args)));
}

// A callee with more parameters finds zeros, not what the machine's registers happen to hold:
// that could be an address of our code.
Values FunctionEmitter::call_tolerantly(std::uint32_t type, llvm::Value* callee,
                                        llvm::ArrayRef<llvm::Value*> args) {
  Values registers = place_arguments(type, args);
  std::size_t num_integers = 0;
  for (const llvm::Value* value : registers)
    num_integers += value->getType()->isIntegerTy() ? 1U : 0U;
  const std::size_t num_vectors = registers.size() - num_integers;
  registers.append(vmabi::kMaxIntArgs - num_integers, i64(0));
  registers.append(vmabi::kMaxVectorArgs - num_vectors,
                   llvm::Constant::getNullValue(b_.getDoubleTy()));
  llvm::SmallVector<llvm::Type*, 16> params;
  for (const llvm::Value* value : registers)
    params.push_back(value->getType());
  llvm::Type* result = chunk_.function_type(type)->getReturnType();
  return finish_call(
      type, call_or_invoke(llvm::FunctionType::get(result, params, false), callee, registers));
}

Values FunctionEmitter::finish_call(std::uint32_t type, llvm::CallBase* call) {
  const Signature& signature = chunk_.plan().signatures[type];
  const wasm::FuncType& wasm_type = module_.types[type];
  if (!chunk_.plan().has_exceptions) call->addFnAttr(llvm::Attribute::NoUnwind);
  auto* plain = llvm::dyn_cast<llvm::CallInst>(call);
  // Recursion must exhaust.
  if (is_exact() && plain != nullptr) plain->setTailCallKind(llvm::CallInst::TCK_NoTail);
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
  const Values args = pop_n(chunk_.plan().signatures[type].params.size());
  llvm::CallInst* result = call_builtin(builtin, place_arguments(type, args));
  if (builtin == Builtin::k_setjmp) result->addFnAttr(llvm::Attribute::ReturnsTwice);
  if (builtin == Builtin::k_longjmp) {
    trap(TrapCode::k_unreachable);
    reachable_ = false;
  } else if (!result->getType()->isVoidTy()) {
    push(result);
  }
}

// Volatile for the reason that memory_pages() has, unless there is no second word to choose.
llvm::Value* FunctionEmitter::table_size(std::uint32_t table) {
  const std::int64_t offset = vmabi::kStateOffset +
                              static_cast<std::int64_t>(offsetof(vmabi::StatePage, table_size)) +
                              4 * std::int64_t{table};
  llvm::LoadInst* size = b_.CreateAlignedLoad(b_.getInt32Ty(), state(offset), llvm::Align(4),
                                              module_.tables.size() > 1);
  size->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kState));
  return size;
}

// The mask is wider than any size the table can have, so LLVM cannot drop it: it keeps the load
// inside the window even where a processor runs ahead of the comparison.
llvm::Value* FunctionEmitter::load_table_entry(std::uint32_t table, llvm::Value* index) {
  const TablePlan& plan = chunk_.plan().tables[table];
  trap_if(b_.CreateICmpUGE(index, table_size(table)), TrapCode::k_undefined_element);
  // The verifier must see the cut, also of an index that LLVM knows to be small.
  llvm::Value* cut = b_.CreateAnd(opaque(index), i32(plan.index_mask));
  // A small window's offset has no bit in common with the index; LLVM would join them with an or.
  if (is_exact() || table != 0) cut = opaque(cut);
  llvm::Value* masked = b_.CreateZExt(cut, b_.getInt64Ty());
  llvm::Value* offset =
      b_.CreateAdd(b_.CreateShl(masked, 3), i64(static_cast<std::uint64_t>(plan.window_offset)));
  llvm::LoadInst* entry = b_.CreateAlignedLoad(b_.getInt64Ty(), pointer_to(offset), llvm::Align(8));
  entry->setAtomic(llvm::AtomicOrdering::Monotonic);  // loaded once; see finish_pass_internal.h
  entry->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kState));
  return entry;
}

// Behind a type that is not the expected one: traps, or returns the results of a tolerant call.
Values FunctionEmitter::call_mismatched(const IndirectCall& target) {
  llvm::Value* found = target.found;
  trap_if(b_.CreateICmpEQ(found, i32(0)), TrapCode::k_uninitialized_element);
  if (chunk_.plan().is_linked) {
    trap_if(b_.CreateICmpNE(found, i32(vmabi::kForeignTypeId)), TrapCode::k_indirect_call_type);
    const Values results =
        call_host(target.type, Builtin::k_call_table,
                  {i32(target.table), target.index, i32(target.expected_id)}, target.args);
    b_.CreateBr(target.next);
    return results;
  }
  if (is_exact()) {
    trap(TrapCode::k_indirect_call_type);
    return {};
  }
  llvm::Value* has_result =
      call_builtin(Builtin::k_indirect_mismatch, {i32(target.expected_id), found});
  Values results = call_tolerantly(target.type, target.callee, target.args);
  if (!results.empty()) {
    results[0] = b_.CreateSelect(b_.CreateICmpNE(has_result, i32(0)), results[0],
                                 llvm::Constant::getNullValue(results[0]->getType()));
  }
  b_.CreateBr(target.next);
  return results;
}

FunctionEmitter::IndirectCall FunctionEmitter::begin_indirect(std::uint32_t type,
                                                              std::uint32_t table) {
  llvm::Value* index = table_index(table, pop(), TrapCode::k_undefined_element);
  llvm::Value* entry = load_table_entry(table, index);
  const Values args = pop_n(module_.types[type].params.size());
  llvm::Value* found = b_.CreateTrunc(b_.CreateLShr(entry, 32), b_.getInt32Ty());
  llvm::Value* code_offset = b_.CreateZExt(b_.CreateTrunc(entry, b_.getInt32Ty()), b_.getInt64Ty());
  IndirectCall target{
      .type = type,
      .expected_id = chunk_.plan().type_ids[type],
      .table = table,
      .index = index,
      .found = found,
      .callee = b_.CreateGEP(b_.getInt8Ty(), chunk_.image(), code_offset),
      .args = args,
      .match = new_block(),
      .next = new_block(),
  };
  llvm::BasicBlock* mismatch = new_block();
  b_.CreateCondBr(b_.CreateICmpEQ(found, i32(target.expected_id)), target.match, mismatch,
                  llvm::MDBuilder(chunk_.context()).createLikelyBranchWeights());
  continue_at(mismatch);
  return target;
}

void FunctionEmitter::call_indirect(std::uint32_t type, std::uint32_t table) {
  const IndirectCall target = begin_indirect(type, table);
  const Values tolerated = call_mismatched(target);
  llvm::BasicBlock* tolerated_end = b_.GetInsertBlock();
  continue_at(target.match);
  const Values results = call_by_convention(type, target.callee, target.args);
  llvm::BasicBlock* match_end = b_.GetInsertBlock();
  b_.CreateBr(target.next);
  continue_at(target.next);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (tolerated.empty()) {
      push(results[i]);
      continue;
    }
    llvm::PHINode* merged = b_.CreatePHI(results[i]->getType(), 2);
    merged->addIncoming(results[i], match_end);
    merged->addIncoming(tolerated[i], tolerated_end);
    push(merged);
  }
}

// Tokens of setjmp live as long as their frame, which a tail call would end under them.
bool FunctionEmitter::calls_setjmp() {
  const auto& builtins = chunk_.plan().builtins;
  const auto is_setjmp = [&](std::uint32_t function) {
    return function < builtins.size() && builtins[function] == Builtin::k_setjmp;
  };
  bool imports_setjmp = false;
  for (std::uint32_t i = 0; i < builtins.size(); ++i)
    imports_setjmp = imports_setjmp || is_setjmp(i);
  if (!imports_setjmp || body_ == nullptr) return false;
  wasm::InstructionReader reader(*body_, module_.features);
  while (!reader.done()) {
    const auto instruction = reader.next();
    if (!instruction.ok()) return true;  // the walk over the body says what is wrong
    if (instruction.value()->opcode == wasm::Opcode::kCall && is_setjmp(instruction.value()->index))
      return true;
  }
  return false;
}

// Every argument is in a register or slot and results are those of this function, so that the
// machine can jump.  The finish pass checks that it does.
void FunctionEmitter::leave_with(std::uint32_t type, llvm::Value* callee,
                                 llvm::ArrayRef<llvm::Value*> args) {
  if (!may_tail_call_) may_tail_call_ = !calls_setjmp();
  if (!*may_tail_call_) {
    // What the callee throws is not for the handlers of a frame that is to be gone.
    llvm::FunctionType* plain_type = chunk_.function_type(type);
    return_values(
        finish_call(type, b_.CreateCall(plain_type, callee, place_arguments(type, args))));
    return;
  }
  llvm::FunctionType* callee_type = chunk_.function_type(type);
  llvm::CallInst* call = b_.CreateCall(callee_type, callee, place_arguments(type, args));
  if (!chunk_.plan().has_exceptions) call->addFnAttr(llvm::Attribute::NoUnwind);
  call->setTailCallKind(callee_type == function_->getFunctionType() ? llvm::CallInst::TCK_MustTail
                                                                    : llvm::CallInst::TCK_Tail);
  call->setMetadata(kTailCallMark, llvm::MDNode::get(chunk_.context(), {}));
  function_->addFnAttr(llvm::Attribute::NoInline);  // or the mark would be on an ordinary call
  if (call->getType()->isVoidTy()) {
    b_.CreateRetVoid();
  } else {
    b_.CreateRet(call);
  }
}

void FunctionEmitter::return_call(std::uint32_t function) {
  const std::uint32_t type = module_.functions[function].type;
  const Values args = pop_n(module_.types[type].params.size());
  leave_with(type, chunk_.function(function), args);
  reachable_ = false;
}

void FunctionEmitter::return_call_indirect(std::uint32_t type, std::uint32_t table) {
  const IndirectCall target = begin_indirect(type, table);
  const Values tolerated = call_mismatched(target);
  if (target.next->hasNPredecessorsOrMore(1)) {
    continue_at(target.next);
    return_values(tolerated);
  } else {
    delete target.next;
  }
  continue_at(target.match);
  leave_with(type, target.callee, target.args);
  reachable_ = false;
}

}  // namespace lind::codegen
