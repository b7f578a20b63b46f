// Linear memory: loads, stores, size, grow, bulk operations.

#include <cstddef>
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
    case op::kMemorySize:
      push(memory_pages());
      return true;
    case op::kMemoryGrow:
      push(b_.CreateTrunc(call_builtin(vmabi::Builtin::k_memory_grow, {pop()}), b_.getInt32Ty()));
      return true;
    case op::kMemoryCopy:
      call_builtin(vmabi::Builtin::k_memory_copy, pop_n(3));
      return true;
    case op::kMemoryFill:
      call_builtin(vmabi::Builtin::k_memory_fill, pop_n(3));
      return true;
    case op::kMemoryInit: {
      Values args = pop_n(3);
      args.insert(args.begin(), i32(instruction.index));
      call_builtin(vmabi::Builtin::k_memory_init, args);
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

// To LLVM a value of which nothing is known, so that no optimisation folds its computation with
// what follows: the verifier must see 32 bits being written, then the use.
llvm::Value* FunctionEmitter::opaque(llvm::Value* value) {
  if (llvm::isa<llvm::Constant>(value)) return value;
  llvm::FunctionType* type = llvm::FunctionType::get(value->getType(), {value->getType()}, false);
  return b_.CreateCall(llvm::InlineAsm::get(type, "", "=r,0", false), {value});
}

// 33 bits at most, so there is no wrap here; in Lind programs hardware wraps at 32.
llvm::Value* FunctionEmitter::effective_address(llvm::Value* index, std::uint64_t offset) {
  if (is_exact() && !chunk_.has_extra_care()) {
    index = opaque(index);
  } else if (is_exact() && offset != 0) {
    constexpr std::uint64_t kLast = vmabi::kGuestAddressBytes - 1;  // offsets have 32 bits
    trap_if(b_.CreateICmpUGT(index, i32(static_cast<std::uint32_t>(kLast - offset))),
            TrapCode::k_out_of_bounds_memory);
  }
  llvm::Value* wide = b_.CreateZExt(index, b_.getInt64Ty());
  return offset == 0 ? wide : b_.CreateAdd(wide, i64(offset), "", true, true);
}

// An inttoptr would hide the object from the loop vectoriser.
llvm::Value* FunctionEmitter::pointer_to(llvm::Value* effective_address) {
  return b_.CreateGEP(b_.getInt8Ty(), llvm::ConstantPointerNull::get(b_.getPtrTy(kGsAddressSpace)),
                      effective_address);
}

// Exact: an access must trap where it stands, used or not, which is what volatile means.
llvm::Value* FunctionEmitter::load(llvm::Type* type, const wasm::MemArg& mem) {
  llvm::Value* pointer = pointer_to(effective_address(pop(), mem.offset));
  llvm::LoadInst* load = b_.CreateAlignedLoad(type, pointer, kUnaligned, is_exact());
  load->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kMemory));
  return load;
}

void FunctionEmitter::store(llvm::Value* value, llvm::Value* index, const wasm::MemArg& mem) {
  llvm::Value* pointer = pointer_to(effective_address(index, mem.offset));
  llvm::StoreInst* store = b_.CreateAlignedStore(value, pointer, kUnaligned, is_exact());
  store->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kMemory));
}

llvm::Value* FunctionEmitter::state(std::int64_t offset) {
  return llvm::ConstantExpr::getIntToPtr(b_.getInt64(static_cast<std::uint64_t>(offset)),
                                         b_.getPtrTy(kGsAddressSpace));
}

llvm::Value* FunctionEmitter::memory_pages() {
  llvm::LoadInst* pages = b_.CreateAlignedLoad(
      b_.getInt64Ty(),
      state(vmabi::kStateOffset +
            static_cast<std::int64_t>(offsetof(vmabi::StatePage, memory_pages))),
      llvm::Align(8));
  pages->setMetadata(llvm::LLVMContext::MD_tbaa, chunk_.region(Region::kState));
  return b_.CreateTrunc(pages, b_.getInt32Ty());
}

}  // namespace lind::codegen
