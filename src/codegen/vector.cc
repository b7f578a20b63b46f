// Instructions of 128-bit vectors.

#include <cstring>
#include <string_view>

#include <llvm/IR/Constants.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "codegen/function_emitter_internal.h"

namespace lind::codegen {
namespace {

namespace Intrinsic = llvm::Intrinsic;

// Lets a product and a sum become one instruction that rounds once, if the machine has it.
llvm::Value* may_fuse(llvm::Value* value) {
  if (auto* inst = llvm::dyn_cast<llvm::Instruction>(value)) inst->setHasAllowContract(true);
  return value;
}

unsigned num_lanes_of(llvm::Value* value) {
  return llvm::cast<llvm::FixedVectorType>(value->getType())->getNumElements();
}

}  // namespace

bool FunctionEmitter::emit_lane(const wasm::Instruction& instruction) {
  const wasm::OpcodeRow& row = row_of(instruction.opcode);
  if (instruction.opcode == wasm::Opcode::kV128Const) {
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), instruction.bytes.data(), sizeof words);
    push(vector_constant(words[0], words[1]));
    return true;
  }
  if (instruction.opcode == wasm::Opcode::kI8x16Shuffle) {
    llvm::Value* right = pop();
    push(shuffle(instruction, pop(), right));
    return true;
  }
  if (row.immediates != wasm::Immediates::kLane) return false;
  const Shape shape = shape_of(row.text);
  const std::uint64_t lane = instruction.lane;
  if (row.text.find("replace_lane") != std::string_view::npos) {
    llvm::Value* value = pop();
    llvm::Value* vector_value = as(shape, pop());
    if (value->getType()->isIntegerTy())
      value = b_.CreateTrunc(value, lanes(shape)->getElementType());
    push(as(Shape::kI64x2, b_.CreateInsertElement(vector_value, value, lane)));
    return true;
  }
  llvm::Value* value = b_.CreateExtractElement(as(shape, pop()), lane);
  if (value->getType()->isIntegerTy() && value->getType()->getIntegerBitWidth() < 32) {
    value = row.text.ends_with("_s") ? b_.CreateSExt(value, b_.getInt32Ty())
                                     : b_.CreateZExt(value, b_.getInt32Ty());
  }
  push(value);
  return true;
}

llvm::FixedVectorType* FunctionEmitter::lanes(Shape shape) {
  switch (shape) {
    case Shape::kI8x16:
      return llvm::FixedVectorType::get(b_.getInt8Ty(), 16);
    case Shape::kI16x8:
      return llvm::FixedVectorType::get(b_.getInt16Ty(), 8);
    case Shape::kI32x4:
      return llvm::FixedVectorType::get(b_.getInt32Ty(), 4);
    case Shape::kF32x4:
      return llvm::FixedVectorType::get(b_.getFloatTy(), 4);
    case Shape::kF64x2:
      return llvm::FixedVectorType::get(b_.getDoubleTy(), 2);
    case Shape::kNone:
    case Shape::kI32:
    case Shape::kI64:
    case Shape::kF32:
    case Shape::kF64:
    case Shape::kV128:
    case Shape::kI64x2:
      break;
  }
  return llvm::FixedVectorType::get(b_.getInt64Ty(), 2);
}

llvm::Value* FunctionEmitter::as(Shape shape, llvm::Value* value) {
  return b_.CreateBitCast(value, lanes(shape));
}

llvm::Value* FunctionEmitter::shuffle(const wasm::Instruction& instruction, llvm::Value* left,
                                      llvm::Value* right) {
  llvm::SmallVector<int, 16> mask;
  for (const std::uint8_t lane : instruction.bytes)
    mask.push_back(lane);
  return as(Shape::kI64x2,
            b_.CreateShuffleVector(as(Shape::kI8x16, left), as(Shape::kI8x16, right), mask));
}

// pshufb gives 0 where bit 7 is set and else takes the low four bits: 16 and more must get bit 7.
llvm::Value* FunctionEmitter::swizzle(llvm::Value* bytes, llvm::Value* indexes) {
  llvm::Value* saturated =
      binary(Intrinsic::uadd_sat, indexes, b_.CreateVectorSplat(16, b_.getInt8(0x70)));
  return b_.CreateIntrinsic(Intrinsic::x86_ssse3_pshuf_b_128, {}, {bytes, saturated});
}

llvm::Value* FunctionEmitter::half(llvm::Value* value, bool high) {
  const unsigned count = num_lanes_of(value) / 2;
  llvm::SmallVector<int, 8> mask;
  for (unsigned i = 0; i < count; ++i)
    mask.push_back(static_cast<int>(high ? count + i : i));
  return b_.CreateShuffleVector(value, mask);
}

llvm::Value* FunctionEmitter::with_zero_half(llvm::Value* value) {
  return b_.CreateShuffleVector(value, llvm::Constant::getNullValue(value->getType()),
                                {0, 1, 2, 3});
}

llvm::Value* FunctionEmitter::extend_half(Shape from, llvm::Value* value, bool high,
                                          bool is_signed) {
  llvm::Value* part = half(as(from, value), high);
  llvm::Type* to =
      llvm::VectorType::getExtendedElementVectorType(llvm::cast<llvm::VectorType>(part->getType()));
  return is_signed ? b_.CreateSExt(part, to) : b_.CreateZExt(part, to);
}

llvm::Value* FunctionEmitter::extend_multiply(Shape from, llvm::ArrayRef<llvm::Value*> a, bool high,
                                              bool is_signed) {
  return b_.CreateMul(extend_half(from, a[0], high, is_signed),
                      extend_half(from, a[1], high, is_signed));
}

llvm::Value* FunctionEmitter::every_second(llvm::Value* value, bool odd) {
  llvm::SmallVector<int, 8> mask;
  for (unsigned i = odd ? 1 : 0; i < num_lanes_of(value); i += 2) {
    mask.push_back(static_cast<int>(i));
  }
  return b_.CreateShuffleVector(value, mask);
}

llvm::Value* FunctionEmitter::add_pairs(Shape from, llvm::Value* value, bool is_signed) {
  llvm::Value* narrow = as(from, value);
  llvm::Value* even = every_second(narrow, false);
  llvm::Value* odd = every_second(narrow, true);
  llvm::Type* to =
      llvm::VectorType::getExtendedElementVectorType(llvm::cast<llvm::VectorType>(even->getType()));
  return is_signed ? b_.CreateAdd(b_.CreateSExt(even, to), b_.CreateSExt(odd, to))
                   : b_.CreateAdd(b_.CreateZExt(even, to), b_.CreateZExt(odd, to));
}

llvm::Value* FunctionEmitter::narrow_lanes(Shape from, llvm::ArrayRef<llvm::Value*> a,
                                           bool is_signed) {
  Intrinsic::ID id = Intrinsic::x86_sse2_packsswb_128;
  if (from == Shape::kI16x8) {
    if (!is_signed) id = Intrinsic::x86_sse2_packuswb_128;
  } else {
    id = is_signed ? Intrinsic::x86_sse2_packssdw_128 : Intrinsic::x86_sse41_packusdw;
  }
  return b_.CreateIntrinsic(id, {}, {as(from, a[0]), as(from, a[1])});
}

// LLVM knows this as pavgb and pavgw.
llvm::Value* FunctionEmitter::average(llvm::Value* left, llvm::Value* right) {
  llvm::Type* type = left->getType();
  llvm::Type* wide =
      llvm::VectorType::getExtendedElementVectorType(llvm::cast<llvm::VectorType>(type));
  llvm::Value* sum = b_.CreateAdd(b_.CreateZExt(left, wide), b_.CreateZExt(right, wide));
  llvm::Value* rounded = b_.CreateAdd(sum, llvm::ConstantInt::get(wide, 1));
  return b_.CreateTrunc(b_.CreateLShr(rounded, llvm::ConstantInt::get(wide, 1)), type);
}

llvm::Value* FunctionEmitter::dot_product(llvm::Value* left, llvm::Value* right) {
  return b_.CreateIntrinsic(Intrinsic::x86_sse2_pmadd_wd, {},
                            {as(Shape::kI16x8, left), as(Shape::kI16x8, right)});
}

// pmulhrsw wraps only for -1 * -1, and gives -1 nowhere else.
llvm::Value* FunctionEmitter::multiply_q15(llvm::Value* left, llvm::Value* right) {
  llvm::Value* product = b_.CreateIntrinsic(Intrinsic::x86_ssse3_pmul_hr_sw_128, {}, {left, right});
  llvm::Value* wrapped = b_.CreateICmpEQ(product, b_.CreateVectorSplat(8, b_.getInt16(0x8000)));
  return b_.CreateXor(product, b_.CreateSExt(wrapped, product->getType()));
}

llvm::Value* FunctionEmitter::vector(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a) {
  llvm::Type* type = a[0]->getType();
  llvm::Constant* zero = llvm::Constant::getNullValue(type);
  switch (static_cast<unsigned>(what.op)) {
    LIND_NUMERIC_CASE(not) : return b_.CreateNot(a[0]);
    LIND_NUMERIC_CASE(and) : return b_.CreateAnd(a[0], a[1]);
    LIND_NUMERIC_CASE(andnot) : return b_.CreateAnd(a[0], b_.CreateNot(a[1]));
    LIND_NUMERIC_CASE(or) : return b_.CreateOr(a[0], a[1]);
    LIND_NUMERIC_CASE(xor) : return b_.CreateXor(a[0], a[1]);
    LIND_NUMERIC_CASE(bitselect)
        : return b_.CreateOr(b_.CreateAnd(a[0], a[2]), b_.CreateAnd(a[1], b_.CreateNot(a[2])));
    LIND_NUMERIC_CASE(any_true) : return b_.CreateICmpNE(b_.CreateOrReduce(a[0]), i64(0));
    LIND_NUMERIC_CASE(all_true) : return b_.CreateAndReduce(b_.CreateICmpNE(a[0], zero));
    LIND_NUMERIC_CASE(bitmask)
        : return b_.CreateBitCast(b_.CreateICmpSLT(a[0], zero), b_.getIntNTy(num_lanes_of(a[0])));
    LIND_NUMERIC_CASE(splat) : {
      llvm::FixedVectorType* to = lanes(what.shape);
      llvm::Value* lane = type->isIntegerTy() ? b_.CreateTrunc(a[0], to->getElementType()) : a[0];
      return b_.CreateVectorSplat(to->getNumElements(), lane);
    }
    LIND_NUMERIC_CASE(swizzle) : return swizzle(a[0], a[1]);
    LIND_NUMERIC_CASE(add) : return b_.CreateAdd(a[0], a[1]);
    LIND_NUMERIC_CASE(sub) : return b_.CreateSub(a[0], a[1]);
    LIND_NUMERIC_CASE(mul) : return b_.CreateMul(a[0], a[1]);
    LIND_NUMERIC_CASE(neg) : return b_.CreateNeg(a[0]);
    LIND_NUMERIC_CASE(abs) : return binary(Intrinsic::abs, a[0], b_.getFalse());
    LIND_NUMERIC_CASE(popcnt) : return unary(Intrinsic::ctpop, a[0]);
    LIND_NUMERIC_CASE(shl)
        : LIND_NUMERIC_CASE(shr_s) : LIND_NUMERIC_CASE(shr_u) : return shift(what.op, a[0], a[1]);
    LIND_NUMERIC_CASE(add_sat_s) : return binary(Intrinsic::sadd_sat, a[0], a[1]);
    LIND_NUMERIC_CASE(add_sat_u) : return binary(Intrinsic::uadd_sat, a[0], a[1]);
    LIND_NUMERIC_CASE(sub_sat_s) : return binary(Intrinsic::ssub_sat, a[0], a[1]);
    LIND_NUMERIC_CASE(sub_sat_u) : return binary(Intrinsic::usub_sat, a[0], a[1]);
    LIND_NUMERIC_CASE(min_s) : return binary(Intrinsic::smin, a[0], a[1]);
    LIND_NUMERIC_CASE(min_u) : return binary(Intrinsic::umin, a[0], a[1]);
    LIND_NUMERIC_CASE(max_s) : return binary(Intrinsic::smax, a[0], a[1]);
    LIND_NUMERIC_CASE(max_u) : return binary(Intrinsic::umax, a[0], a[1]);
    LIND_NUMERIC_CASE(avgr_u) : return average(a[0], a[1]);
    LIND_NUMERIC_CASE(q15mulr_sat_s) : return multiply_q15(a[0], a[1]);
    LIND_NUMERIC_CASE(dot_i16x8_s) : return dot_product(a[0], a[1]);
    default:
      return vector_conversion(what, a);
  }
}

llvm::Value* FunctionEmitter::vector_conversion(NumericOpcode what,
                                                llvm::ArrayRef<llvm::Value*> a) {
  llvm::Type* two_i32 = llvm::FixedVectorType::get(b_.getInt32Ty(), 2);
  llvm::Type* two_floats = llvm::FixedVectorType::get(b_.getFloatTy(), 2);
  switch (static_cast<unsigned>(what.op)) {
    LIND_NUMERIC_CASE(narrow_i16x8_s) : return narrow_lanes(Shape::kI16x8, a, true);
    LIND_NUMERIC_CASE(narrow_i16x8_u) : return narrow_lanes(Shape::kI16x8, a, false);
    LIND_NUMERIC_CASE(narrow_i32x4_s) : return narrow_lanes(Shape::kI32x4, a, true);
    LIND_NUMERIC_CASE(narrow_i32x4_u) : return narrow_lanes(Shape::kI32x4, a, false);
    LIND_NUMERIC_CASE(extadd_pairwise_i8x16_s) : return add_pairs(Shape::kI8x16, a[0], true);
    LIND_NUMERIC_CASE(extadd_pairwise_i8x16_u) : return add_pairs(Shape::kI8x16, a[0], false);
    LIND_NUMERIC_CASE(extadd_pairwise_i16x8_s) : return add_pairs(Shape::kI16x8, a[0], true);
    LIND_NUMERIC_CASE(extadd_pairwise_i16x8_u) : return add_pairs(Shape::kI16x8, a[0], false);
#define LIND_HALVES(lanes)                                         \
  LIND_NUMERIC_CASE(extend_low_i##lanes##_s)                       \
      : return extend_half(Shape::kI##lanes, a[0], false, true);   \
  LIND_NUMERIC_CASE(extend_low_i##lanes##_u)                       \
      : return extend_half(Shape::kI##lanes, a[0], false, false);  \
  LIND_NUMERIC_CASE(extend_high_i##lanes##_s)                      \
      : return extend_half(Shape::kI##lanes, a[0], true, true);    \
  LIND_NUMERIC_CASE(extend_high_i##lanes##_u)                      \
      : return extend_half(Shape::kI##lanes, a[0], true, false);   \
  LIND_NUMERIC_CASE(extmul_low_i##lanes##_s)                       \
      : return extend_multiply(Shape::kI##lanes, a, false, true);  \
  LIND_NUMERIC_CASE(extmul_low_i##lanes##_u)                       \
      : return extend_multiply(Shape::kI##lanes, a, false, false); \
  LIND_NUMERIC_CASE(extmul_high_i##lanes##_s)                      \
      : return extend_multiply(Shape::kI##lanes, a, true, true);   \
  LIND_NUMERIC_CASE(extmul_high_i##lanes##_u)                      \
      : return extend_multiply(Shape::kI##lanes, a, true, false)
    LIND_HALVES(8x16);
    LIND_HALVES(16x8);
    LIND_HALVES(32x4);
#undef LIND_HALVES
    LIND_NUMERIC_CASE(trunc_sat_f32x4_s)
        : return truncate_saturating(lanes(Shape::kI32x4), as(Shape::kF32x4, a[0]), true);
    LIND_NUMERIC_CASE(trunc_sat_f32x4_u)
        : return truncate_saturating(lanes(Shape::kI32x4), as(Shape::kF32x4, a[0]), false);
    LIND_NUMERIC_CASE(trunc_sat_f64x2_s_zero)
        : return with_zero_half(truncate_saturating(two_i32, as(Shape::kF64x2, a[0]), true));
    LIND_NUMERIC_CASE(trunc_sat_f64x2_u_zero)
        : return with_zero_half(truncate_saturating(two_i32, as(Shape::kF64x2, a[0]), false));
    LIND_NUMERIC_CASE(convert_i32x4_s)
        : return b_.CreateSIToFP(as(Shape::kI32x4, a[0]), lanes(Shape::kF32x4));
    LIND_NUMERIC_CASE(convert_i32x4_u)
        : return b_.CreateUIToFP(as(Shape::kI32x4, a[0]), lanes(Shape::kF32x4));
    LIND_NUMERIC_CASE(convert_low_i32x4_s)
        : return b_.CreateSIToFP(half(as(Shape::kI32x4, a[0]), false), lanes(Shape::kF64x2));
    LIND_NUMERIC_CASE(convert_low_i32x4_u)
        : return b_.CreateUIToFP(half(as(Shape::kI32x4, a[0]), false), lanes(Shape::kF64x2));
    LIND_NUMERIC_CASE(demote_f64x2_zero)
        : return with_zero_half(b_.CreateFPTrunc(as(Shape::kF64x2, a[0]), two_floats));
    LIND_NUMERIC_CASE(promote_low_f32x4)
        : return b_.CreateFPExt(half(as(Shape::kF32x4, a[0]), false), lanes(Shape::kF64x2));
    default:
      return relaxed(what, a);
  }
}

// The specification leaves a choice to each; where its tests allow it we take what the machine does
// in one instruction.
llvm::Value* FunctionEmitter::relaxed(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a) {
  llvm::Type* two_i32 = llvm::FixedVectorType::get(b_.getInt32Ty(), 2);
  const auto product = [&] { return may_fuse(b_.CreateFMul(a[0], a[1])); };
  // The second operand has seven bits, so pmaddubsw may take it as unsigned.
  const auto dot = [&] {
    return b_.CreateIntrinsic(Intrinsic::x86_ssse3_pmadd_ub_sw_128, {},
                              {as(Shape::kI8x16, a[1]), as(Shape::kI8x16, a[0])});
  };
  switch (static_cast<unsigned>(what.op)) {
    LIND_NUMERIC_CASE(relaxed_swizzle)
        : return b_.CreateIntrinsic(Intrinsic::x86_ssse3_pshuf_b_128, {}, {a[0], a[1]});
    LIND_NUMERIC_CASE(relaxed_trunc_f32x4_s)
        : return truncate_saturating(lanes(Shape::kI32x4), as(Shape::kF32x4, a[0]), true);
    LIND_NUMERIC_CASE(relaxed_trunc_f32x4_u)
        : return truncate_saturating(lanes(Shape::kI32x4), as(Shape::kF32x4, a[0]), false);
    LIND_NUMERIC_CASE(relaxed_trunc_f64x2_s_zero)
        : return with_zero_half(truncate_saturating(two_i32, as(Shape::kF64x2, a[0]), true));
    LIND_NUMERIC_CASE(relaxed_trunc_f64x2_u_zero)
        : return with_zero_half(truncate_saturating(two_i32, as(Shape::kF64x2, a[0]), false));
    LIND_NUMERIC_CASE(relaxed_madd) : return may_fuse(b_.CreateFAdd(product(), a[2]));
    LIND_NUMERIC_CASE(relaxed_nmadd) : return may_fuse(b_.CreateFSub(a[2], product()));
    LIND_NUMERIC_CASE(relaxed_laneselect)
        : return b_.CreateOr(b_.CreateAnd(a[0], a[2]), b_.CreateAnd(a[1], b_.CreateNot(a[2])));
    LIND_NUMERIC_CASE(relaxed_q15mulr_s)
        : return b_.CreateIntrinsic(Intrinsic::x86_ssse3_pmul_hr_sw_128, {}, {a[0], a[1]});
    LIND_NUMERIC_CASE(relaxed_dot_i8x16_i7x16_s) : return dot();
    LIND_NUMERIC_CASE(relaxed_dot_i8x16_i7x16_add_s)
        : return b_.CreateAdd(add_pairs(Shape::kI16x8, dot(), true), as(Shape::kI32x4, a[2]));
    default:
      return nullptr;
  }
}

}  // namespace lind::codegen
