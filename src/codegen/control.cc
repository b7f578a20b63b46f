// Blocks, branches, traps, and the walk over a body.

#include <utility>

#include <fmt/core.h>
#include <llvm/IR/MDBuilder.h>

#include "codegen/function_emitter_internal.h"
#include "wasm/instruction_reader.h"

namespace lind::codegen {
namespace {

llvm::SmallVector<llvm::PHINode*, 2> create_phis(Chunk& chunk, llvm::BasicBlock* block,
                                                 std::span<const wasm::ValueType> types) {
  llvm::SmallVector<llvm::PHINode*, 2> phis;
  for (const wasm::ValueType type : types) {
    phis.push_back(llvm::PHINode::Create(chunk.type_of(type), 2, "", block));
  }
  return phis;
}

}  // namespace

FunctionEmitter::FunctionEmitter(Chunk& chunk, std::uint32_t type, llvm::Function* function)
    : chunk_(chunk),
      module_(chunk.module()),
      type_(type),
      function_(function),
      b_(llvm::BasicBlock::Create(chunk.context(), "", function)) {}

ErrorOr<void> FunctionEmitter::emit_body(const wasm::Function& function) {
  body_ = &function;
  const wasm::FuncType& type = module_.types[type_];
  const Values params = incoming_params();
  for (llvm::Value* param : params)
    locals_.push_back(b_.CreateAlloca(param->getType()));
  for (const wasm::LocalRun& run : function.locals) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      locals_.push_back(b_.CreateAlloca(chunk_.type_of(run.type)));
    }
  }
  for (std::size_t i = 0; i < locals_.size(); ++i) {
    llvm::Value* initial = i < params.size()
                               ? params[i]
                               : llvm::Constant::getNullValue(locals_[i]->getAllocatedType());
    b_.CreateStore(initial, locals_[i]);
  }
  push_block(wasm::Opcode::kBlock, type.results, 0);
  wasm::InstructionReader reader(function, module_.features);
  while (!reader.done()) {
    const wasm::Instruction* instruction = LIND_TRY(reader.next());
    LIND_TRY(emit_instruction(*instruction));
  }
  if (reachable_) return_values(pop_n(type.results.size()));
  finish_trap_blocks();
  return {};
}

ErrorOr<void> FunctionEmitter::emit_instruction(const wasm::Instruction& instruction) {
  if (!reachable_ && skip(instruction)) return {};
  const bool known = emit_control(instruction) || emit_variable(instruction) ||
                     emit_numeric(instruction) || emit_memory(instruction) ||
                     emit_call(instruction) || emit_lane(instruction) || emit_atomic(instruction) ||
                     emit_exception(instruction);
  if (!known) {
    return Error(fmt::format("internal error: no code for {}", row_of(instruction.opcode).text));
  }
  return {};
}

// In unreachable code only the end of what was reachable matters.
bool FunctionEmitter::skip(const wasm::Instruction& instruction) {
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kBlock:
    case op::kLoop:
    case op::kIf:
    case op::kTry:
    case op::kTryTable:
      ++skipped_blocks_;
      return true;
    case op::kElse:
    case op::kCatch:
    case op::kCatchAll:
      return skipped_blocks_ != 0;
    case op::kEnd:
    case op::kDelegate:
      if (skipped_blocks_ == 0) return false;
      --skipped_blocks_;
      return true;
    default:
      return true;
  }
}

bool FunctionEmitter::emit_control(const wasm::Instruction& instruction) {
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kUnreachable:
      trap(TrapCode::k_unreachable);
      reachable_ = false;
      return true;
    case op::kNop:
      return true;
    case op::kBlock:
    case op::kLoop:
      begin_block(instruction);
      return true;
    case op::kIf:
      begin_if(instruction);
      return true;
    case op::kElse:
      begin_else();
      return true;
    case op::kEnd:
      end_block();
      return true;
    case op::kBr:
      branch(instruction.index);
      return true;
    case op::kBrIf:
      branch_if(instruction.index);
      return true;
    case op::kBrTable:
      branch_table(instruction.labels);
      return true;
    case op::kReturn:
      branch(static_cast<std::uint32_t>(blocks_.size() - 1));
      return true;
    default:
      return false;
  }
}

std::span<const wasm::ValueType> FunctionEmitter::block_params(const wasm::BlockType& type) const {
  if (!type.type) return {};
  return module_.types[*type.type].params;
}

std::span<const wasm::ValueType> FunctionEmitter::block_results(const wasm::BlockType& type) const {
  if (type.type) return module_.types[*type.type].results;
  if (type.result) return std::span(&*type.result, 1);
  return {};
}

void FunctionEmitter::push_block(wasm::Opcode opcode, std::span<const wasm::ValueType> results,
                                 std::size_t num_params) {
  Block block;
  block.opcode = opcode;
  block.end = new_block();
  block.results = create_phis(chunk_, block.end, results);
  block.height = stack_.size() - num_params;
  blocks_.push_back(std::move(block));
}

void FunctionEmitter::begin_block(const wasm::Instruction& instruction) {
  const std::span<const wasm::ValueType> params = block_params(instruction.block_type);
  push_block(instruction.opcode, block_results(instruction.block_type), params.size());
  if (instruction.opcode != wasm::Opcode::kLoop) return;
  Block& block = blocks_.back();
  block.header = new_block();
  block.params = create_phis(chunk_, block.header, params);
  for (std::size_t i = 0; i < params.size(); ++i) {
    block.params[i]->addIncoming(stack_[block.height + i], b_.GetInsertBlock());
    stack_[block.height + i] = block.params[i];
  }
  b_.CreateBr(block.header);
  continue_at(block.header);
}

void FunctionEmitter::begin_if(const wasm::Instruction& instruction) {
  llvm::Value* condition = b_.CreateICmpNE(pop(), i32(0));
  const std::size_t num_params = block_params(instruction.block_type).size();
  push_block(instruction.opcode, block_results(instruction.block_type), num_params);
  Block& block = blocks_.back();
  block.otherwise = new_block();
  block.otherwise_values.assign(stack_.end() - static_cast<std::ptrdiff_t>(num_params),
                                stack_.end());
  llvm::BasicBlock* then = new_block();
  b_.CreateCondBr(condition, then, block.otherwise);
  continue_at(then);
}

void FunctionEmitter::begin_else() {
  Block& block = blocks_.back();
  if (reachable_) b_.CreateBr(label(0, b_.GetInsertBlock()));
  stack_.resize(block.height);
  stack_.insert(stack_.end(), block.otherwise_values.begin(), block.otherwise_values.end());
  continue_at(std::exchange(block.otherwise, nullptr));
  reachable_ = true;
}

// \param delegate  Where exceptions of the block go on, counted from the block around it.
void FunctionEmitter::end_block(std::optional<std::uint32_t> delegate) {
  if (blocks_.back().otherwise != nullptr) begin_else();
  Block block = std::move(blocks_.back());
  if (reachable_) {
    const Values results = pop_n(block.results.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      block.results[i]->addIncoming(results[i], b_.GetInsertBlock());
    }
    b_.CreateBr(block.end);
  }
  blocks_.pop_back();
  stack_.resize(block.height);
  finish_handlers(block, delegate);
  reachable_ = block.end->hasNPredecessorsOrMore(1);
  if (!reachable_) {
    delete block.end;
    return;
  }
  continue_at(block.end);
  stack_.insert(stack_.end(), block.results.begin(), block.results.end());
}

// The block that a branch goes to; tells its phis what comes with the edge from `from`.
llvm::BasicBlock* FunctionEmitter::label(std::uint32_t depth, llvm::BasicBlock* from) {
  Block& target = blocks_[blocks_.size() - 1 - depth];
  const bool is_loop = target.header != nullptr;
  const llvm::SmallVector<llvm::PHINode*, 2>& phis = is_loop ? target.params : target.results;
  for (std::size_t i = 0; i < phis.size(); ++i) {
    phis[i]->addIncoming(stack_[stack_.size() - phis.size() + i], from);
  }
  return is_loop ? target.header : target.end;
}

void FunctionEmitter::branch(std::uint32_t depth) {
  b_.CreateBr(label(depth, b_.GetInsertBlock()));
  reachable_ = false;
}

void FunctionEmitter::branch_if(std::uint32_t depth) {
  llvm::Value* condition = b_.CreateICmpNE(pop(), i32(0));
  llvm::BasicBlock* next = new_block();
  b_.CreateCondBr(condition, label(depth, b_.GetInsertBlock()), next);
  continue_at(next);
}

void FunctionEmitter::branch_table(std::span<const std::uint32_t> labels) {
  llvm::Value* selector = pop();
  llvm::BasicBlock* from = b_.GetInsertBlock();
  llvm::SwitchInst* table = b_.CreateSwitch(selector, label(labels.back(), from),
                                            static_cast<unsigned>(labels.size() - 1));
  for (std::size_t i = 0; i + 1 < labels.size(); ++i) {
    table->addCase(i32(static_cast<std::uint32_t>(i)), label(labels[i], from));
  }
  reachable_ = false;
}

llvm::BasicBlock* FunctionEmitter::new_block() {
  return llvm::BasicBlock::Create(chunk_.context());
}

void FunctionEmitter::continue_at(llvm::BasicBlock* block) {
  function_->insert(function_->end(), block);
  b_.SetInsertPoint(block);
}

void FunctionEmitter::trap(TrapCode code) {
  b_.CreateIntrinsic(llvm::Intrinsic::ubsantrap, {}, {b_.getInt8(static_cast<std::uint8_t>(code))});
  b_.CreateUnreachable();
}

void FunctionEmitter::trap_if(llvm::Value* condition, TrapCode code) {
  llvm::BasicBlock*& block = trap_blocks_[code];
  if (block == nullptr) block = new_block();
  llvm::BasicBlock* next = new_block();
  b_.CreateCondBr(condition, block, next,
                  llvm::MDBuilder(chunk_.context()).createUnlikelyBranchWeights());
  continue_at(next);
}

void FunctionEmitter::finish_trap_blocks() {
  for (const auto& [code, block] : trap_blocks_) {
    continue_at(block);
    trap(code);
  }
}

llvm::Value* FunctionEmitter::pop() {
  llvm::Value* value = stack_.back();
  stack_.pop_back();
  return value;
}

Values FunctionEmitter::pop_n(std::size_t count) {
  Values values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return values;
}

}  // namespace lind::codegen
