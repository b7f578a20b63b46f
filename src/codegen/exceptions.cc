// Exceptions: handlers, throws, and calls that may throw.
//
// Both encodings become the same: a try has a landing pad, where the runtime goes on when a call of
// its body throws, and a dispatch, which asks for one clause after the other.  A throw in the body
// goes straight to the dispatch.  What no clause takes goes on to the dispatch of the next handler
// of this function, or is thrown again.

#include <algorithm>
#include <iterator>
#include <utility>

#include <llvm/IR/Constants.h>

#include "codegen/function_emitter_internal.h"

namespace lind::codegen {

using vmabi::Builtin;

bool FunctionEmitter::emit_exception(const wasm::Instruction& instruction) {
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kTry:
    case op::kTryTable:
      begin_try(instruction);
      return true;
    case op::kCatch:
    case op::kCatchAll:
      begin_catch(instruction);
      return true;
    case op::kDelegate:
      end_block(instruction.index);
      return true;
    case op::kThrow:
      emit_throw(instruction.index);
      return true;
    case op::kRethrow:
      raise(blocks_[blocks_.size() - 1 - instruction.index].caught, blocks_.size());
      return true;
    case op::kThrowRef: {
      llvm::Value* exception = pop();
      trap_if(b_.CreateICmpEQ(exception, i64(vmabi::kNullReference)), TrapCode::k_null_exception);
      raise(exception, blocks_.size());
      return true;
    }
    default:
      return false;
  }
}

void FunctionEmitter::begin_try(const wasm::Instruction& instruction) {
  push_block(instruction.opcode, block_results(instruction.block_type),
             block_params(instruction.block_type).size());
  Block& block = blocks_.back();
  block.catches = chunk_.plan().has_exceptions;
  if (block.catches) handlers_.push_back(blocks_.size() - 1);
  block.clauses.assign(instruction.catches.begin(), instruction.catches.end());
}

// Ends the body of the try, or the clause before.
void FunctionEmitter::begin_catch(const wasm::Instruction& instruction) {
  if (reachable_) b_.CreateBr(label(0, b_.GetInsertBlock()));
  Block& block = blocks_.back();
  stack_.resize(block.height);
  if (block.opcode == wasm::Opcode::kTry) {
    if (std::exchange(block.catches, false)) handlers_.pop_back();
    block.untaken = block.dispatch;
  }
  block.opcode = instruction.opcode;
  reachable_ = block.untaken != nullptr;
  if (!reachable_) return;
  continue_at(std::exchange(block.untaken, nullptr));
  if (instruction.opcode == wasm::Opcode::kCatch) {
    block.untaken = begin_clause(block.caught, instruction.index);
  }
}

// Goes on where `exception` is of `tag`, with its payload on the operand stack.
// Returns where it is not.
llvm::BasicBlock* FunctionEmitter::begin_clause(llvm::Value* exception, std::uint32_t tag) {
  llvm::Value* matches = call_builtin(Builtin::k_exception_match, {exception, i32(tag)});
  llvm::BasicBlock* taken = new_block();
  llvm::BasicBlock* untaken = new_block();
  b_.CreateCondBr(b_.CreateICmpNE(matches, i32(0)), taken, untaken);
  continue_at(taken);
  const std::vector<wasm::ValueType>& payload = module_.payload_of(tag);
  const std::vector<Place> places = host_places(payload);
  for (std::size_t i = 0; i < payload.size(); ++i)
    push(load_slot(payload[i], places[i].slot));
  return untaken;
}

void FunctionEmitter::emit_clauses(Block& block) {
  for (const wasm::Catch& clause : block.clauses) {
    continue_at(std::exchange(block.untaken, nullptr));
    if (clause.names_tag()) block.untaken = begin_clause(block.caught, clause.tag);
    if (clause.gives_reference()) push(block.caught);
    branch(clause.label);
    stack_.resize(block.height);
    if (block.untaken == nullptr) return;
  }
}

// Behind the end of a block, which is no longer in `blocks_`: what its clauses have not taken.
void FunctionEmitter::finish_handlers(Block& block, std::optional<std::uint32_t> delegate) {
  if (block.catches) {
    handlers_.pop_back();
    block.untaken = block.dispatch;
    if (block.untaken != nullptr) emit_clauses(block);
  }
  if (block.untaken == nullptr) return;
  continue_at(block.untaken);
  raise(block.caught, delegate ? blocks_.size() - *delegate : blocks_.size());
}

void FunctionEmitter::emit_throw(std::uint32_t tag) {
  const std::vector<wasm::ValueType>& payload = module_.payload_of(tag);
  const Values values = pop_n(payload.size());
  const std::vector<Place> places = host_places(payload);
  for (std::size_t i = 0; i < values.size(); ++i)
    store_slot(values[i], places[i].slot, true);
  raise(call_builtin(Builtin::k_exception_new, {i32(tag)}), blocks_.size());
}

// The innermost of the first `num_blocks` open blocks that handles exceptions now.
FunctionEmitter::Block* FunctionEmitter::find_handler(std::size_t num_blocks) {
  const auto above = std::ranges::lower_bound(handlers_, num_blocks);
  return above == handlers_.begin() ? nullptr : &blocks_[*std::prev(above)];
}

void FunctionEmitter::raise(llvm::Value* exception, std::size_t num_blocks) {
  if (Block* handler = find_handler(num_blocks)) {
    create_dispatch(*handler);
    handler->caught->addIncoming(exception, b_.GetInsertBlock());
    b_.CreateBr(handler->dispatch);
  } else {
    call_builtin(Builtin::k_exception_throw, {exception});
    trap(TrapCode::k_unreachable);
  }
  reachable_ = false;
}

void FunctionEmitter::create_dispatch(Block& block) {
  if (block.dispatch != nullptr) return;
  block.dispatch = new_block();
  block.caught = llvm::PHINode::Create(b_.getInt64Ty(), 2, "", block.dispatch);
}

llvm::BasicBlock* FunctionEmitter::landing_pad(Block& block) {
  if (block.pad != nullptr) return block.pad;
  create_dispatch(block);
  if (!function_->hasPersonalityFn()) function_->setPersonalityFn(chunk_.personality());
  block.pad = llvm::BasicBlock::Create(chunk_.context(), "", function_);
  llvm::IRBuilder<> b(block.pad);
  llvm::LandingPadInst* landed =
      b.CreateLandingPad(llvm::StructType::get(b.getPtrTy(), b.getInt32Ty()), 1);
  landed->addClause(llvm::Constant::getNullValue(b.getPtrTy()));
  llvm::Value* exception = b.CreatePtrToInt(b.CreateExtractValue(landed, 0), b.getInt64Ty());
  b.CreateBr(block.dispatch);
  block.caught->addIncoming(exception, block.pad);
  return block.pad;
}

llvm::CallBase* FunctionEmitter::call_or_invoke(llvm::FunctionType* type, llvm::Value* callee,
                                                llvm::ArrayRef<llvm::Value*> args) {
  Block* handler = find_handler(blocks_.size());
  if (handler == nullptr) return b_.CreateCall(type, callee, args);
  llvm::BasicBlock* next = new_block();
  llvm::CallBase* call = b_.CreateInvoke(type, callee, next, landing_pad(*handler), args);
  continue_at(next);
  return call;
}

}  // namespace lind::codegen
