/// \file
/// LLVM IR for the body of one function.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/IRBuilder.h>

#include "base/error.h"
#include "codegen/chunk_internal.h"
#include "codegen/numeric_op_internal.h"
#include "vmabi/traps.h"
#include "wasm/instruction.h"

namespace lind::codegen {

using Values = llvm::SmallVector<llvm::Value*, 4>;

/// Walks a validated body with the operand stack as LLVM values.
///
/// v128 is <2 x i64> on the stack, a reference i64.  Locals are allocas, which the first pass of
/// every tier promotes: none reaches code generation.  Code that cannot be reached is skipped.
/// The member functions lie in the file named for what they emit.
class FunctionEmitter {
 public:
  /// \param type  of the wasm function, index into Module::types
  FunctionEmitter(Chunk& chunk, std::uint32_t type, llvm::Function* function);

  ErrorOr<void> emit_body(const wasm::Function& function);

  // Also used for stubs and adapters.
  llvm::IRBuilder<>& builder() noexcept { return b_; }
  llvm::Value* load_slot(wasm::ValueType type, std::uint32_t slot);
  /// An i32 or f32 fills its word with zeros if `whole_word`, as the host wants it.
  void store_slot(llvm::Value* value, std::uint32_t slot, bool whole_word);
  /// Parameters of the function, from registers and slots.
  Values incoming_params();
  /// Returns `results` by the convention of the function.
  void return_values(llvm::ArrayRef<llvm::Value*> results);
  /// Calls `callee` by the convention of `type`.
  Values call_by_convention(std::uint32_t type, llvm::Value* callee,
                            llvm::ArrayRef<llvm::Value*> args);
  llvm::CallInst* call_builtin(vmabi::Builtin builtin, llvm::ArrayRef<llvm::Value*> args);
  /// Calls a builtin that answers for a function of `type`, whose arguments and results travel in
  /// slots as the host has them.
  Values call_host(std::uint32_t type, vmabi::Builtin builtin,
                   llvm::ArrayRef<llvm::Value*> builtin_args, llvm::ArrayRef<llvm::Value*> args);
  void trap(vmabi::TrapCode code);

 private:
  using TrapCode = vmabi::TrapCode;
  using Region = Chunk::Region;

  /// An open block, loop, if, or the function itself.
  struct Block {
    wasm::Opcode opcode{};
    llvm::BasicBlock* end = nullptr;  ///< behind the block
    llvm::SmallVector<llvm::PHINode*, 2> results;
    llvm::BasicBlock* header = nullptr;  ///< of a loop
    llvm::SmallVector<llvm::PHINode*, 2> params;
    llvm::BasicBlock* otherwise = nullptr;  ///< of an if whose else has not come yet
    Values otherwise_values;
    std::size_t height = 0;  ///< of the operand stack below the block's parameters
    bool catches = false;    ///< the body of a try or try_table, where exceptions are its own
    llvm::BasicBlock* pad = nullptr;       ///< where calls of the body land; null until one does
    llvm::BasicBlock* dispatch = nullptr;  ///< picks the clause; null until something is thrown
    llvm::PHINode* caught = nullptr;       ///< the exception in `dispatch`
    llvm::BasicBlock* untaken = nullptr;   ///< behind the clauses so far: none was right
    llvm::SmallVector<wasm::Catch, 2> clauses;  ///< of a try_table
  };

  // control.cc
  ErrorOr<void> emit_instruction(const wasm::Instruction& instruction);
  bool skip(const wasm::Instruction& instruction);
  bool emit_control(const wasm::Instruction& instruction);
  void begin_block(const wasm::Instruction& instruction);
  void begin_if(const wasm::Instruction& instruction);
  void begin_else();
  void end_block(std::optional<std::uint32_t> delegate = std::nullopt);
  void branch(std::uint32_t depth);
  void branch_if(std::uint32_t depth);
  void branch_table(std::span<const std::uint32_t> labels);
  llvm::BasicBlock* label(std::uint32_t depth, llvm::BasicBlock* from);
  void push_block(wasm::Opcode opcode, std::span<const wasm::ValueType> results,
                  std::size_t num_params);
  std::span<const wasm::ValueType> block_params(const wasm::BlockType& type) const;
  std::span<const wasm::ValueType> block_results(const wasm::BlockType& type) const;
  llvm::BasicBlock* new_block();
  void continue_at(llvm::BasicBlock* block);
  void trap_if(llvm::Value* condition, TrapCode code);
  void finish_trap_blocks();

  // variables.cc
  bool emit_variable(const wasm::Instruction& instruction);
  llvm::Value* global_get(std::uint32_t index);
  void global_set(std::uint32_t index, llvm::Value* value);
  llvm::Value* constant_of(const wasm::Global& global);
  llvm::Value* vector_constant(std::uint64_t low, std::uint64_t high);
  llvm::Value* thread_block(std::size_t offset);
  llvm::Value* state(std::int64_t offset);

  // memory.cc
  bool emit_memory(const wasm::Instruction& instruction);
  bool emit_bulk_memory(const wasm::Instruction& instruction);
  void emit_scalar_load(const wasm::Instruction& instruction);
  void emit_scalar_store(const wasm::Instruction& instruction);
  bool emit_vector_memory(const wasm::Instruction& instruction);
  /// In the memory that `mem` names, not in the reservation.
  llvm::Value* effective_address(llvm::Value* index, const wasm::MemArg& mem);
  llvm::Value* pointer_into(std::uint32_t memory, llvm::Value* effective_address);
  llvm::Value* pointer_to(llvm::Value* offset);   ///< from GS
  bool is_wide(std::uint32_t memory) const;       ///< has 64-bit addresses
  bool is_plain(std::uint32_t memory) const;      ///< memory 0 with 32-bit addresses
  bool moves_inline(std::uint32_t memory) const;  ///< a few bytes, without the host
  llvm::Value* wide(llvm::Value* address);
  llvm::Value* opaque(llvm::Value* value);
  llvm::Value* hidden(llvm::Value* value);  ///< opaque, constants too
  llvm::Value* cut_wide(llvm::Value* index, std::uint32_t memory);
  llvm::Value* add_offset(llvm::Value* address, std::uint64_t offset);
  llvm::Value* memory_grow(std::uint32_t memory, llvm::Value* delta);
  void memory_copy(std::uint32_t to, std::uint32_t from, llvm::ArrayRef<llvm::Value*> args);
  llvm::Value* load(llvm::Type* type, const wasm::MemArg& mem);
  llvm::Value* load_from(llvm::Type* type, llvm::Value* index, const wasm::MemArg& mem);
  void store(llvm::Value* value, llvm::Value* index, const wasm::MemArg& mem);
  llvm::Value* memory_pages(std::uint32_t memory);

  // short_copies.cc
  struct SizeClass;
  /// memory.copy and memory.fill of memory 0 in a Lind program.
  void copy_bytes(llvm::ArrayRef<llvm::Value*> args);
  void fill_bytes(llvm::ArrayRef<llvm::Value*> args);
  llvm::Type* access_type(const SizeClass& size);
  Values places_of(const SizeClass& size, llvm::Value* count);
  /// Emits `move` for each class of counts, `bulk` for the others, and goes on behind all of them.
  void by_size(llvm::Value* count, llvm::function_ref<void(const SizeClass&)> move,
               llvm::function_ref<void()> bulk);

  // calls.cc
  bool emit_call(const wasm::Instruction& instruction);
  bool emit_table(const wasm::Instruction& instruction);
  void call(std::uint32_t function);
  void call_imported_builtin(vmabi::Builtin builtin, std::uint32_t type);
  void call_indirect(std::uint32_t type, std::uint32_t table);
  void return_call(std::uint32_t function);
  void return_call_indirect(std::uint32_t type, std::uint32_t table);
  void leave_with(std::uint32_t type, llvm::Value* callee, llvm::ArrayRef<llvm::Value*> args);
  bool calls_setjmp();
  llvm::Value* load_table_entry(std::uint32_t table, llvm::Value* index);
  struct IndirectCall {
    std::uint32_t type;
    std::uint32_t expected_id;
    std::uint32_t table;
    llvm::Value* index;  ///< in the table
    llvm::Value* found;  ///< type id of the entry
    llvm::Value* callee;
    Values args;
    llvm::BasicBlock* match;  ///< where the call goes on if the types are equal
    llvm::BasicBlock* next;   ///< where both ways meet
  };
  /// Looks the callee up, takes the arguments, and goes on where the types differ.
  IndirectCall begin_indirect(std::uint32_t type, std::uint32_t table);
  Values call_mismatched(const IndirectCall& target);
  Values place_arguments(std::uint32_t type, llvm::ArrayRef<llvm::Value*> args);
  Values call_tolerantly(std::uint32_t type, llvm::Value* callee,
                         llvm::ArrayRef<llvm::Value*> args);
  Values finish_call(std::uint32_t type, llvm::CallBase* call);
  llvm::Value* table_size(std::uint32_t table);
  bool has_wide_index(std::uint32_t table) const;
  llvm::Value* table_index(std::uint32_t table, llvm::Value* index, TrapCode code);
  llvm::Value* narrow_count(llvm::Value* value);

  // exceptions.cc
  bool emit_exception(const wasm::Instruction& instruction);
  void begin_try(const wasm::Instruction& instruction);
  void begin_catch(const wasm::Instruction& instruction);
  void finish_handlers(Block& block, std::optional<std::uint32_t> delegate);
  void emit_clauses(Block& block);
  void emit_throw(std::uint32_t tag);
  void raise(llvm::Value* exception, std::size_t num_blocks);
  llvm::CallBase* call_or_invoke(llvm::FunctionType* type, llvm::Value* callee,
                                 llvm::ArrayRef<llvm::Value*> args);
  Block* find_handler(std::size_t num_blocks);
  llvm::BasicBlock* landing_pad(Block& block);
  void create_dispatch(Block& block);
  llvm::BasicBlock* begin_clause(llvm::Value* exception, std::uint32_t tag);

  // atomics.cc
  bool emit_atomic(const wasm::Instruction& instruction);
  llvm::Value* atomic_address(llvm::Value* index, const wasm::Instruction& instruction);
  void atomic_load(const wasm::Instruction& instruction);
  void atomic_store(const wasm::Instruction& instruction);
  void atomic_rmw(const wasm::Instruction& instruction, std::string_view name);
  void atomic_wait(const wasm::Instruction& instruction);
  llvm::Value* checked_index(llvm::Value* index, const wasm::Instruction& instruction);

  // numeric.cc
  bool emit_numeric(const wasm::Instruction& instruction);
  llvm::Value* numeric(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* scalar(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* float_arithmetic(NumericOp op, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* divide(NumericOp op, llvm::Value* left, llvm::Value* right);
  llvm::Value* shift(NumericOp op, llvm::Value* value, llvm::Value* count);
  llvm::Value* minimum(llvm::Value* left, llvm::Value* right, bool is_max);
  llvm::Value* truncate(llvm::Type* to, llvm::Value* value, bool is_signed);
  llvm::Value* truncate_saturating(llvm::Type* to, llvm::Value* value, bool is_signed);
  llvm::Value* unary(llvm::Intrinsic::ID id, llvm::Value* value);
  llvm::Value* binary(llvm::Intrinsic::ID id, llvm::Value* left, llvm::Value* right);
  llvm::Value* guarded(llvm::Value* value);

  // vector.cc
  bool emit_lane(const wasm::Instruction& instruction);
  llvm::Value* vector(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* vector_conversion(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a);
  llvm::FixedVectorType* lanes(Shape shape);
  llvm::Value* as(Shape shape, llvm::Value* value);
  llvm::Value* shuffle(const wasm::Instruction& instruction, llvm::Value* left, llvm::Value* right);
  llvm::Value* swizzle(llvm::Value* bytes, llvm::Value* indexes);
  llvm::Value* half(llvm::Value* value, bool high);
  llvm::Value* extend_half(Shape from, llvm::Value* value, bool high, bool is_signed);
  llvm::Value* extend_multiply(Shape from, llvm::ArrayRef<llvm::Value*> a, bool high,
                               bool is_signed);
  llvm::Value* add_pairs(Shape from, llvm::Value* value, bool is_signed);
  llvm::Value* every_second(llvm::Value* value, bool odd);
  llvm::Value* narrow_lanes(Shape from, llvm::ArrayRef<llvm::Value*> a, bool is_signed);
  llvm::Value* average(llvm::Value* left, llvm::Value* right);
  llvm::Value* relaxed(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* dot_product(llvm::Value* left, llvm::Value* right);
  llvm::Value* multiply_q15(llvm::Value* left, llvm::Value* right);
  llvm::Value* with_zero_half(llvm::Value* value);

  llvm::Value* pop();
  Values pop_n(std::size_t count);
  void push(llvm::Value* value) { stack_.push_back(value); }
  bool is_exact() const noexcept { return chunk_.plan().is_exact(); }
  llvm::ConstantInt* i32(std::uint32_t value) { return b_.getInt32(value); }
  llvm::ConstantInt* i64(std::uint64_t value) { return b_.getInt64(value); }

  Chunk& chunk_;
  const wasm::Module& module_;
  std::uint32_t type_;
  llvm::Function* function_;
  const wasm::Function* body_ = nullptr;  ///< of a function that is not a stub
  std::optional<bool> may_tail_call_;
  llvm::IRBuilder<> b_;
  std::vector<llvm::AllocaInst*> locals_;
  std::vector<llvm::Value*> stack_;
  std::vector<Block> blocks_;
  std::vector<std::size_t> handlers_;  ///< positions in blocks_ of those that catch, ascending
  bool reachable_ = true;
  std::size_t skipped_blocks_ = 0;  ///< opened since the code became unreachable
  std::map<TrapCode, llvm::BasicBlock*> trap_blocks_;
};

/// Opcodes as numbers, for switches over a few of them.
namespace op {
#define LIND_OPCODE(name, prefix, code, text, immediates, signature, width_log2, feature) \
  inline constexpr auto name = static_cast<unsigned>(wasm::Opcode::name);
#include "wasm/opcodes.def"
#undef LIND_OPCODE
}  // namespace op

}  // namespace lind::codegen
