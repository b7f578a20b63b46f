// Linear memory: loads, stores, size, grow, bulk operations.

#include <cstddef>
#include <limits>
#include <string_view>

#include <llvm/IR/Constants.h>
#include <llvm/IR/InlineAsm.h>

#include "codegen/function_emitter_internal.h"
#include "vmabi/layout.h"

namespace lind::codegen {
namespace {

constexpr unsigned kGsAddressSpace = 256;
/// Wasm's alignment is a hint that hardware has no use for.
constexpr llvm::Align kUnaligned;

bool is_signed_load(const wasm::Instruction& instruction) {
  return row_of(instruction.opcode).text.ends_with("_s");
}

unsigned access_bits(const wasm::Instruction& instruction) {
  return 8U << row_of(instruction.opcode).width_log2;
}

}  // namespace

bool FunctionEmitter::emit_memory(const wasm::Instruction& instruction) {
  const auto opcode = static_cast<unsigned>(instruction.opcode);
  if (opcode >= op::kI32Load && opcode <= op::kI64Load32U) {
    emit_scalar_load(instruction);
    return true;
  }
  if (opcode >= op::kI32Store && opcode <= op::kI64Store32) {
    emit_scalar_store(instruction);
    return true;
  }
  return emit_bulk_memory(instruction) || emit_vector_memory(instruction);
}

bool FunctionEmitter::emit_bulk_memory(const wasm::Instruction& instruction) {
  switch (static_cast<unsigned>(instruction.opcode)) {
    case op::kMemorySize: {
      llvm::Value* pages = memory_pages(instruction.index);
      push(is_wide(instruction.index) ? pages : b_.CreateTrunc(pages, b_.getInt32Ty()));
      return true;
    }
    case op::kMemoryGrow:
      push(memory_grow(instruction.index, pop()));
      return true;
    case op::kMemoryCopy:
      memory_copy(instruction.index, instruction.index2, pop_n(3));
      return true;
    case op::kMemoryFill: {
      Values args = pop_n(3);
      if (moves_inline(instruction.index)) {
        fill_bytes(args);
      } else if (is_plain(instruction.index)) {
        call_builtin(vmabi::Builtin::k_memory_fill, args);
      } else {
        call_builtin(vmabi::Builtin::k_wide_memory_fill,
                     {i32(instruction.index), wide(args[0]), args[1], wide(args[2])});
      }
      return true;
    }
    case op::kMemoryInit: {
      const Values args = pop_n(3);
      llvm::Value* segment = i32(instruction.index);
      if (is_plain(instruction.index2)) {
        call_builtin(vmabi::Builtin::k_memory_init, {segment, args[0], args[1], args[2]});
      } else {
        call_builtin(vmabi::Builtin::k_wide_memory_init,
                     {i32(instruction.index2), segment, wide(args[0]), args[1], args[2]});
      }
      return true;
    }
    case op::kDataDrop:
      call_builtin(vmabi::Builtin::k_data_drop, {i32(instruction.index)});
      return true;
    default:
      return false;
  }
}

void FunctionEmitter::emit_scalar_load(const wasm::Instruction& instruction) {
  const char result = row_of(instruction.opcode).signature.back();
  llvm::Type* type = result == 'f'   ? b_.getFloatTy()
                     : result == 'F' ? b_.getDoubleTy()
                                     : b_.getIntNTy(access_bits(instruction));
  llvm::Value* value = load(type, instruction.mem);
  if (type->isIntegerTy()) {
    llvm::Type* to = result == 'i' ? b_.getInt32Ty() : b_.getInt64Ty();
    value = is_signed_load(instruction) ? b_.CreateSExt(value, to) : b_.CreateZExt(value, to);
  }
  push(value);
}

void FunctionEmitter::emit_scalar_store(const wasm::Instruction& instruction) {
  llvm::Value* value = pop();
  if (value->getType()->isIntegerTy()) {
    value = b_.CreateTrunc(value, b_.getIntNTy(access_bits(instruction)));
  }
  store(value, pop(), instruction.mem);
}

bool FunctionEmitter::emit_vector_memory(const wasm::Instruction& instruction) {
  const std::string_view text = row_of(instruction.opcode).text;
  llvm::IntegerType* lane = b_.getIntNTy(access_bits(instruction));
  const unsigned num_lanes = 128 / access_bits(instruction);
  const auto opcode = static_cast<unsigned>(instruction.opcode);
  if (opcode == op::kV128Load) {
    push(load(lanes(Shape::kI64x2), instruction.mem));
  } else if (opcode == op::kV128Store) {
    llvm::Value* value = pop();
    store(value, pop(), instruction.mem);
  } else if (opcode >= op::kV128Load8x8S && opcode <= op::kV128Load32x2U) {
    const unsigned from_bits = opcode <= op::kV128Load8x8U    ? 8
                               : opcode <= op::kV128Load16x4U ? 16
                                                              : 32;
    const unsigned count = 64 / from_bits;
    llvm::Value* value =
        load(llvm::FixedVectorType::get(b_.getIntNTy(from_bits), count), instruction.mem);
    llvm::Type* to = llvm::FixedVectorType::get(b_.getIntNTy(2 * from_bits), count);
    value = is_signed_load(instruction) ? b_.CreateSExt(value, to) : b_.CreateZExt(value, to);
    push(as(Shape::kI64x2, value));
  } else if (opcode >= op::kV128Load8Splat && opcode <= op::kV128Load64Splat) {
    push(as(Shape::kI64x2, b_.CreateVectorSplat(num_lanes, load(lane, instruction.mem))));
  } else if (opcode == op::kV128Load32Zero || opcode == op::kV128Load64Zero) {
    llvm::Type* vector_type = llvm::FixedVectorType::get(lane, num_lanes);
    push(as(Shape::kI64x2, b_.CreateInsertElement(llvm::Constant::getNullValue(vector_type),
                                                  load(lane, instruction.mem), std::uint64_t{0})));
  } else if (text.ends_with("_lane") && text.starts_with("v128.")) {
    llvm::Value* vector_value =
        b_.CreateBitCast(pop(), llvm::FixedVectorType::get(lane, num_lanes));
    if (text.starts_with("v128.load")) {
      push(as(Shape::kI64x2, b_.CreateInsertElement(vector_value, load(lane, instruction.mem),
                                                    std::uint64_t{instruction.lane})));
    } else {
      store(b_.CreateExtractElement(vector_value, std::uint64_t{instruction.lane}), pop(),
            instruction.mem);
    }
  } else {
    return false;
  }
  return true;
}

llvm::Value* FunctionEmitter::memory_grow(std::uint32_t memory, llvm::Value* delta) {
  if (is_plain(memory)) {
    return b_.CreateTrunc(call_builtin(vmabi::Builtin::k_memory_grow, {delta}), b_.getInt32Ty());
  }
  llvm::Value* old = call_builtin(vmabi::Builtin::k_wide_memory_grow, {i32(memory), wide(delta)});
  return is_wide(memory) ? old : b_.CreateTrunc(old, b_.getInt32Ty());
}

void FunctionEmitter::memory_copy(std::uint32_t to, std::uint32_t from,
                                  llvm::ArrayRef<llvm::Value*> args) {
  if (moves_inline(to) && moves_inline(from)) {
    copy_bytes(args);
  } else if (is_plain(to) && is_plain(from)) {
    call_builtin(vmabi::Builtin::k_memory_copy, args);
  } else {
    call_builtin(vmabi::Builtin::k_wide_memory_copy,
                 {i32(to), i32(from), wide(args[0]), wide(args[1]), wide(args[2])});
  }
}

bool FunctionEmitter::is_wide(std::uint32_t memory) const {
  return module_.memories[memory].type.address == wasm::ValueType::kI64;
}

bool FunctionEmitter::is_plain(std::uint32_t memory) const {
  return memory == 0 && !is_wide(memory);
}

// Exact: what does not fit is not moved in part, which the host sees to.
bool FunctionEmitter::moves_inline(std::uint32_t memory) const {
  return is_plain(memory) && !is_exact() && chunk_.is_optimised();
}

llvm::Value* FunctionEmitter::wide(llvm::Value* address) {
  return b_.CreateZExt(address, b_.getInt64Ty());
}

// To LLVM a value of which nothing is known, so that no optimisation folds its computation with
// what follows: the verifier must see 32 bits being written, then the use.
llvm::Value* FunctionEmitter::opaque(llvm::Value* value) {
  return llvm::isa<llvm::Constant>(value) ? value : hidden(value);
}

llvm::Value* FunctionEmitter::hidden(llvm::Value* value) {
  llvm::FunctionType* type = llvm::FunctionType::get(value->getType(), {value->getType()}, false);
  // With side effects nothing moves it away from the use, to where its result would be spilled.
  return b_.CreateCall(llvm::InlineAsm::get(type, "", "=r,0", chunk_.has_extra_care()), {value});
}

// 33 bits at most, so there is no wrap here; in Lind programs hardware wraps at 32.  Of a memory
// with 64-bit addresses: below the end of what is reserved for it.  No page is there that the
// memory does not have.
llvm::Value* FunctionEmitter::effective_address(llvm::Value* index, const wasm::MemArg& mem) {
  std::uint64_t offset = mem.offset;
  // What is reserved behind a memory has room for smaller ones, however the verifier rounds.
  constexpr std::uint64_t kLargest = vmabi::kGuestAddressBytes - 2 * vmabi::kGuardBytes;
  if (offset > kLargest && !chunk_.plan().has_plain_memory) {
    llvm::Value* sum = b_.CreateAdd(wide(index), i64(offset));
    llvm::Value* wraps = is_wide(mem.memory) ? b_.CreateICmpULT(sum, index)
                                             : b_.CreateICmpNE(b_.CreateLShr(sum, 32), i64(0));
    trap_if(wraps, TrapCode::k_out_of_bounds_memory);
    index = is_wide(mem.memory) ? sum : b_.CreateTrunc(sum, b_.getInt32Ty());
    offset = 0;
  }
  if (is_wide(mem.memory)) return add_offset(cut_wide(index, mem.memory), offset);
  if (is_exact() && chunk_.uses_prefix() && offset != 0) {
    constexpr std::uint64_t kLast = vmabi::kGuestAddressBytes - 1;  // offsets have 32 bits
    trap_if(b_.CreateICmpUGT(index, i32(static_cast<std::uint32_t>(kLast - offset))),
            TrapCode::k_out_of_bounds_memory);
  }
  if (!chunk_.uses_prefix()) index = opaque(index);
  return add_offset(wide(index), offset);
}

// The mask is hidden too, or LLVM would make something else of it that cuts as much.
llvm::Value* FunctionEmitter::cut_wide(llvm::Value* index, std::uint32_t memory) {
  const std::uint64_t end = std::uint64_t{1} << chunk_.plan().memories[memory].address_bits;
  trap_if(b_.CreateICmpUGE(index, i64(end)), TrapCode::k_out_of_bounds_memory);
  return b_.CreateAnd(hidden(index), hidden(i64(end - 1)));
}

llvm::Value* FunctionEmitter::add_offset(llvm::Value* address, std::uint64_t offset) {
  return offset == 0 ? address : b_.CreateAdd(address, i64(offset), "", true, true);
}

// An inttoptr would hide the object from the loop vectoriser.  Of two constants that no
// displacement holds, LLVM makes one out of the other by a displacement, which may be negative: not
// with care.
llvm::Value* FunctionEmitter::pointer_to(llvm::Value* offset) {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(offset);
  if (chunk_.has_extra_care() && constant != nullptr &&
      constant->getSExtValue() > std::numeric_limits<std::int32_t>::max()) {
    offset = hidden(offset);
  }
  return b_.CreateGEP(b_.getInt8Ty(), llvm::ConstantPointerNull::get(b_.getPtrTy(kGsAddressSpace)),
                      offset);
}

llvm::Value* FunctionEmitter::pointer_into(std::uint32_t memory, llvm::Value* effective_address) {
  const std::uint64_t base = chunk_.plan().memories[memory].base;
  if (base == 0) return pointer_to(effective_address);
  return pointer_to(add_offset(effective_address, base));
}

// Exact: an access must trap where it stands, used or not, which is what volatile means.
llvm::Value* FunctionEmitter::load(llvm::Type* type, const wasm::MemArg& mem) {
  return load_from(type, pop(), mem);
}

llvm::Value* FunctionEmitter::load_from(llvm::Type* type, llvm::Value* index,
                                        const wasm::MemArg& mem) {
  llvm::Value* pointer = pointer_into(mem.memory, effective_address(index, mem));
  llvm::LoadInst* load = b_.CreateAlignedLoad(type, pointer, kUnaligned, is_exact());
  load->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kMemory));
  return load;
}

void FunctionEmitter::store(llvm::Value* value, llvm::Value* index, const wasm::MemArg& mem) {
  llvm::Value* pointer = pointer_into(mem.memory, effective_address(index, mem));
  llvm::StoreInst* store = b_.CreateAlignedStore(value, pointer, kUnaligned, is_exact());
  store->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kMemory));
}

llvm::Value* FunctionEmitter::state(std::int64_t offset) {
  return llvm::ConstantExpr::getIntToPtr(b_.getInt64(static_cast<std::uint64_t>(offset)),
                                         b_.getPtrTy(kGsAddressSpace));
}

// Volatile: of a choice between two words of the state, instruction selection would make one load
// from an address that it computes.
llvm::Value* FunctionEmitter::memory_pages(std::uint32_t memory) {
  llvm::LoadInst* pages = b_.CreateAlignedLoad(b_.getInt64Ty(), state(vmabi::pages_offset(memory)),
                                               llvm::Align(8), true);
  pages->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kState));
  return pages;
}

}  // namespace lind::codegen
