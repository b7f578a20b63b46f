// Instructions of the threads proposal; every one is sequentially consistent.

#include <string_view>

#include "codegen/function_emitter_internal.h"

namespace lind::codegen {
namespace {

constexpr auto kOrder = llvm::AtomicOrdering::SequentiallyConsistent;

llvm::AtomicRMWInst::BinOp operation(std::string_view name) {
  if (name == "add") return llvm::AtomicRMWInst::Add;
  if (name == "sub") return llvm::AtomicRMWInst::Sub;
  if (name == "and") return llvm::AtomicRMWInst::And;
  if (name == "or") return llvm::AtomicRMWInst::Or;
  if (name == "xor") return llvm::AtomicRMWInst::Xor;
  return llvm::AtomicRMWInst::Xchg;
}

/// "i32.atomic.rmw8.add_u" -> "add".
std::string_view rmw_name(std::string_view text) {
  text.remove_prefix(text.rfind('.') + 1);
  if (text.ends_with("_u")) text.remove_suffix(2);
  return text;
}

unsigned access_bits(const wasm::Instruction& instruction) {
  return 8U << row_of(instruction.opcode).width_log2;
}

llvm::Align alignment(const wasm::Instruction& instruction) {
  return llvm::Align(std::uint64_t{1} << row_of(instruction.opcode).width_log2);
}

}  // namespace

bool FunctionEmitter::emit_atomic(const wasm::Instruction& instruction) {
  const auto opcode = static_cast<unsigned>(instruction.opcode);
  if (opcode == op::kAtomicFence) {
    b_.CreateFence(kOrder);
  } else if (opcode >= op::kMemoryAtomicNotify && opcode <= op::kMemoryAtomicWait64) {
    atomic_wait(instruction);
  } else if (opcode >= op::kI32AtomicLoad && opcode <= op::kI64AtomicLoad32U) {
    atomic_load(instruction);
  } else if (opcode >= op::kI32AtomicStore && opcode <= op::kI64AtomicStore32) {
    atomic_store(instruction);
  } else if (opcode >= op::kI32AtomicRmwAdd && opcode <= op::kI64AtomicRmw32CmpxchgU) {
    atomic_rmw(instruction, rmw_name(row_of(instruction.opcode).text));
  } else {
    return false;
  }
  return true;
}

// The effective address, after a check that it is aligned.
llvm::Value* FunctionEmitter::checked_index(llvm::Value* index,
                                            const wasm::Instruction& instruction) {
  llvm::Value* address = effective_address(index, instruction.mem);
  const std::uint64_t low_bits = alignment(instruction).value() - 1;
  if (low_bits != 0) {
    trap_if(b_.CreateICmpNE(b_.CreateAnd(address, i64(low_bits)), i64(0)),
            TrapCode::k_unaligned_atomic);
  }
  return address;
}

llvm::Value* FunctionEmitter::atomic_address(llvm::Value* index,
                                             const wasm::Instruction& instruction) {
  return pointer_into(instruction.mem.memory, checked_index(index, instruction));
}

void FunctionEmitter::atomic_load(const wasm::Instruction& instruction) {
  llvm::Value* pointer = atomic_address(pop(), instruction);
  llvm::LoadInst* load = b_.CreateAlignedLoad(b_.getIntNTy(access_bits(instruction)), pointer,
                                              alignment(instruction), is_exact());
  load->setAtomic(kOrder);
  const bool is_i32 = row_of(instruction.opcode).signature.back() == 'i';
  push(b_.CreateZExt(load, is_i32 ? b_.getInt32Ty() : b_.getInt64Ty()));
}

void FunctionEmitter::atomic_store(const wasm::Instruction& instruction) {
  llvm::Value* value = b_.CreateTrunc(pop(), b_.getIntNTy(access_bits(instruction)));
  llvm::Value* pointer = atomic_address(pop(), instruction);
  llvm::StoreInst* store =
      b_.CreateAlignedStore(value, pointer, alignment(instruction), is_exact());
  store->setAtomic(kOrder);
}

void FunctionEmitter::atomic_rmw(const wasm::Instruction& instruction, std::string_view name) {
  llvm::IntegerType* type = b_.getIntNTy(access_bits(instruction));
  llvm::Value* value = pop();
  llvm::Type* result_type = value->getType();
  llvm::Value* old = nullptr;
  if (name == "cmpxchg") {
    llvm::Value* expected = pop();
    llvm::Value* pointer = atomic_address(pop(), instruction);
    llvm::AtomicCmpXchgInst* pair =
        b_.CreateAtomicCmpXchg(pointer, b_.CreateTrunc(expected, type), b_.CreateTrunc(value, type),
                               alignment(instruction), kOrder, kOrder);
    pair->setVolatile(is_exact());
    old = b_.CreateExtractValue(pair, 0);
  } else {
    llvm::Value* pointer = atomic_address(pop(), instruction);
    llvm::AtomicRMWInst* rmw = b_.CreateAtomicRMW(
        operation(name), pointer, b_.CreateTrunc(value, type), alignment(instruction), kOrder);
    rmw->setVolatile(is_exact());
    // LLVM would do a comparison of the result with the flags of the operation, or a bit test, by
    // intrinsics that forget the address space.
    old = opaque(rmw);
  }
  push(b_.CreateZExt(old, result_type));
}

// The host checks bounds and types; of a plain memory it takes 32 bits of address.
void FunctionEmitter::atomic_wait(const wasm::Instruction& instruction) {
  using vmabi::Builtin;
  const auto opcode = static_cast<unsigned>(instruction.opcode);
  const bool notifies = opcode == op::kMemoryAtomicNotify;
  const bool waits_for_i32 = opcode == op::kMemoryAtomicWait32;
  Values args = pop_n(notifies ? 2 : 3);
  args[0] = checked_index(args[0], instruction);
  if (!is_plain(instruction.mem.memory)) {
    args.insert(args.begin(), i32(instruction.mem.memory));
    push(call_builtin(notifies        ? Builtin::k_wide_memory_notify
                      : waits_for_i32 ? Builtin::k_wide_memory_wait32
                                      : Builtin::k_wide_memory_wait64,
                      args));
    return;
  }
  trap_if(b_.CreateICmpNE(b_.CreateLShr(args[0], 32), i64(0)), TrapCode::k_out_of_bounds_memory);
  args[0] = b_.CreateTrunc(args[0], b_.getInt32Ty());
  push(call_builtin(notifies        ? Builtin::k_memory_notify
                    : waits_for_i32 ? Builtin::k_memory_wait32
                                    : Builtin::k_memory_wait64,
                    args));
}

}  // namespace lind::codegen
