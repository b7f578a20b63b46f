// Instructions that only compute, of scalars and those that mean the same for vectors.

#include <cmath>
#include <string_view>

#include <llvm/IR/Constants.h>
#include <llvm/IR/Intrinsics.h>

#include "codegen/function_emitter_internal.h"

namespace lind::codegen {
namespace {

using llvm::CmpInst;
namespace Intrinsic = llvm::Intrinsic;

CmpInst::Predicate predicate(NumericOp op, bool is_float) {
  switch (static_cast<unsigned>(op)) {
    LIND_NUMERIC_CASE(eq) : return is_float ? CmpInst::FCMP_OEQ : CmpInst::ICMP_EQ;
    LIND_NUMERIC_CASE(ne) : return is_float ? CmpInst::FCMP_UNE : CmpInst::ICMP_NE;
    LIND_NUMERIC_CASE(lt) : return CmpInst::FCMP_OLT;
    LIND_NUMERIC_CASE(gt) : return CmpInst::FCMP_OGT;
    LIND_NUMERIC_CASE(le) : return CmpInst::FCMP_OLE;
    LIND_NUMERIC_CASE(ge) : return CmpInst::FCMP_OGE;
    LIND_NUMERIC_CASE(lt_s) : return CmpInst::ICMP_SLT;
    LIND_NUMERIC_CASE(lt_u) : return CmpInst::ICMP_ULT;
    LIND_NUMERIC_CASE(gt_s) : return CmpInst::ICMP_SGT;
    LIND_NUMERIC_CASE(gt_u) : return CmpInst::ICMP_UGT;
    LIND_NUMERIC_CASE(le_s) : return CmpInst::ICMP_SLE;
    LIND_NUMERIC_CASE(le_u) : return CmpInst::ICMP_ULE;
    LIND_NUMERIC_CASE(ge_s) : return CmpInst::ICMP_SGE;
    LIND_NUMERIC_CASE(ge_u) : return CmpInst::ICMP_UGE;
    default:
      return CmpInst::BAD_ICMP_PREDICATE;
  }
}

bool is_vector_shape(Shape shape) {
  return shape >= Shape::kV128;
}

bool is_float_shape(Shape shape) {
  return shape == Shape::kF32 || shape == Shape::kF64 || shape == Shape::kF32x4 ||
         shape == Shape::kF64x2;
}

}  // namespace

bool FunctionEmitter::emit_numeric(const wasm::Instruction& instruction) {
  const NumericOpcode what = numeric_opcode(instruction.opcode);
  if (what.op == NumericOp::kNone) return false;
  const std::string_view signature = row_of(instruction.opcode).signature;
  Values operands = pop_n(signature.find(':'));
  for (llvm::Value*& operand : operands) {
    if (is_vector_shape(what.shape) && operand->getType()->isVectorTy()) {
      operand = as(what.shape, operand);
    }
  }
  llvm::Value* result = numeric(what, operands);
  if (result == nullptr) return false;
  const char result_type = signature.back();
  if (result_type == 'v') {
    result = as(Shape::kI64x2, result);
  } else if (result->getType()->isIntegerTy() && result_type == 'i') {
    result = b_.CreateZExt(result, b_.getInt32Ty());
  }
  push(result);
  return true;
}

llvm::Value* FunctionEmitter::numeric(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a) {
  const bool is_float = is_float_shape(what.shape);
  const CmpInst::Predicate comparison = predicate(what.op, is_float);
  if (comparison != CmpInst::BAD_ICMP_PREDICATE) {
    llvm::Value* result = b_.CreateCmp(comparison, a[0], a[1]);
    if (!is_vector_shape(what.shape)) return result;
    return b_.CreateSExt(result, is_float ? (what.shape == Shape::kF32x4 ? lanes(Shape::kI32x4)
                                                                         : lanes(Shape::kI64x2))
                                          : a[0]->getType());
  }
  if (is_float) {
    if (llvm::Value* result = float_arithmetic(what.op, a)) return result;
  }
  return is_vector_shape(what.shape) ? vector(what, a) : scalar(what, a);
}

llvm::Value* FunctionEmitter::unary(Intrinsic::ID id, llvm::Value* value) {
  return b_.CreateUnaryIntrinsic(id, value);
}

llvm::Value* FunctionEmitter::binary(Intrinsic::ID id, llvm::Value* left, llvm::Value* right) {
  return b_.CreateBinaryIntrinsic(id, left, right);
}

// Keeps LLVM from folding x * 1 and the like to x, which would leave a signalling NaN as it is.
llvm::Value* FunctionEmitter::guarded(llvm::Value* value) {
  if (!is_exact() || !llvm::isa<llvm::Constant>(value)) return value;
  return b_.CreateIntrinsic(Intrinsic::arithmetic_fence, {value->getType()}, {value});
}

llvm::Value* FunctionEmitter::float_arithmetic(NumericOp op, llvm::ArrayRef<llvm::Value*> a) {
  switch (static_cast<unsigned>(op)) {
    LIND_NUMERIC_CASE(add) : return b_.CreateFAdd(guarded(a[0]), guarded(a[1]));
    LIND_NUMERIC_CASE(sub) : return b_.CreateFSub(guarded(a[0]), guarded(a[1]));
    LIND_NUMERIC_CASE(mul) : return b_.CreateFMul(guarded(a[0]), guarded(a[1]));
    LIND_NUMERIC_CASE(div) : return b_.CreateFDiv(guarded(a[0]), guarded(a[1]));
    LIND_NUMERIC_CASE(min) : return minimum(a[0], a[1], false);
    LIND_NUMERIC_CASE(max) : return minimum(a[0], a[1], true);
    LIND_NUMERIC_CASE(relaxed_min)
        : LIND_NUMERIC_CASE(pmin)
        : return b_.CreateSelect(b_.CreateFCmpOLT(a[1], a[0]), a[1], a[0]);
    LIND_NUMERIC_CASE(relaxed_max)
        : LIND_NUMERIC_CASE(pmax)
        : return b_.CreateSelect(b_.CreateFCmpOLT(a[0], a[1]), a[1], a[0]);
    LIND_NUMERIC_CASE(abs) : return unary(Intrinsic::fabs, a[0]);
    LIND_NUMERIC_CASE(neg) : return b_.CreateFNeg(a[0]);
    LIND_NUMERIC_CASE(copysign) : return binary(Intrinsic::copysign, a[0], a[1]);
    LIND_NUMERIC_CASE(sqrt) : return unary(Intrinsic::sqrt, guarded(a[0]));
    LIND_NUMERIC_CASE(ceil) : return unary(Intrinsic::ceil, guarded(a[0]));
    LIND_NUMERIC_CASE(floor) : return unary(Intrinsic::floor, guarded(a[0]));
    LIND_NUMERIC_CASE(trunc) : return unary(Intrinsic::trunc, guarded(a[0]));
    LIND_NUMERIC_CASE(nearest) : return unary(Intrinsic::roundeven, guarded(a[0]));
    default:
      return nullptr;
  }
}

// LLVM's minimum orders the zeros as we need it, but may hand on a signalling NaN; a sum quiets.
llvm::Value* FunctionEmitter::minimum(llvm::Value* left, llvm::Value* right, bool is_max) {
  llvm::Value* is_nan = b_.CreateFCmpUNO(left, right);
  llvm::Value* quiet = b_.CreateFAdd(guarded(left), guarded(right));
  llvm::FastMathFlags no_nans;
  no_nans.setNoNaNs();
  llvm::CallInst* ordered = llvm::cast<llvm::CallInst>(
      binary(is_max ? Intrinsic::maximum : Intrinsic::minimum, left, right));
  ordered->setFastMathFlags(no_nans);  // its poison for a NaN is not selected below
  return b_.CreateSelect(is_nan, quiet, ordered);
}

llvm::Value* FunctionEmitter::scalar(NumericOpcode what, llvm::ArrayRef<llvm::Value*> a) {
  llvm::Type* type = a[0]->getType();
  llvm::Type* i32_type = b_.getInt32Ty();
  llvm::Type* i64_type = b_.getInt64Ty();
  llvm::Type* result = what.shape == Shape::kI32   ? i32_type
                       : what.shape == Shape::kI64 ? i64_type
                       : what.shape == Shape::kF32 ? b_.getFloatTy()
                                                   : b_.getDoubleTy();
  switch (static_cast<unsigned>(what.op)) {
    LIND_NUMERIC_CASE(eqz) : return b_.CreateICmpEQ(a[0], llvm::Constant::getNullValue(type));
    LIND_NUMERIC_CASE(clz) : return binary(Intrinsic::ctlz, a[0], b_.getFalse());
    LIND_NUMERIC_CASE(ctz) : return binary(Intrinsic::cttz, a[0], b_.getFalse());
    LIND_NUMERIC_CASE(popcnt) : return unary(Intrinsic::ctpop, a[0]);
    LIND_NUMERIC_CASE(add) : return b_.CreateAdd(a[0], a[1]);
    LIND_NUMERIC_CASE(sub) : return b_.CreateSub(a[0], a[1]);
    LIND_NUMERIC_CASE(mul) : return b_.CreateMul(a[0], a[1]);
    LIND_NUMERIC_CASE(and) : return b_.CreateAnd(a[0], a[1]);
    LIND_NUMERIC_CASE(or) : return b_.CreateOr(a[0], a[1]);
    LIND_NUMERIC_CASE(xor) : return b_.CreateXor(a[0], a[1]);
    LIND_NUMERIC_CASE(div_s)
        : LIND_NUMERIC_CASE(div_u)
        : LIND_NUMERIC_CASE(rem_s) : LIND_NUMERIC_CASE(rem_u) : return divide(what.op, a[0], a[1]);
    LIND_NUMERIC_CASE(shl)
        : LIND_NUMERIC_CASE(shr_s) : LIND_NUMERIC_CASE(shr_u) : return shift(what.op, a[0], a[1]);
    LIND_NUMERIC_CASE(rotl)
        : return b_.CreateIntrinsic(Intrinsic::fshl, {type}, {a[0], a[0], a[1]});
    LIND_NUMERIC_CASE(rotr)
        : return b_.CreateIntrinsic(Intrinsic::fshr, {type}, {a[0], a[0], a[1]});
    LIND_NUMERIC_CASE(wrap_i64) : return b_.CreateTrunc(a[0], i32_type);
    LIND_NUMERIC_CASE(extend_i32_s) : return b_.CreateSExt(a[0], i64_type);
    LIND_NUMERIC_CASE(extend_i32_u) : return b_.CreateZExt(a[0], i64_type);
    LIND_NUMERIC_CASE(extend8_s) : return b_.CreateSExt(b_.CreateTrunc(a[0], b_.getInt8Ty()), type);
    LIND_NUMERIC_CASE(extend16_s)
        : return b_.CreateSExt(b_.CreateTrunc(a[0], b_.getInt16Ty()), type);
    LIND_NUMERIC_CASE(extend32_s) : return b_.CreateSExt(b_.CreateTrunc(a[0], i32_type), type);
    LIND_NUMERIC_CASE(trunc_f32_s)
        : LIND_NUMERIC_CASE(trunc_f64_s) : return truncate(result, a[0], true);
    LIND_NUMERIC_CASE(trunc_f32_u)
        : LIND_NUMERIC_CASE(trunc_f64_u) : return truncate(result, a[0], false);
    LIND_NUMERIC_CASE(trunc_sat_f32_s)
        : LIND_NUMERIC_CASE(trunc_sat_f64_s) : return truncate_saturating(result, a[0], true);
    LIND_NUMERIC_CASE(trunc_sat_f32_u)
        : LIND_NUMERIC_CASE(trunc_sat_f64_u) : return truncate_saturating(result, a[0], false);
    LIND_NUMERIC_CASE(convert_i32_s)
        : LIND_NUMERIC_CASE(convert_i64_s) : return b_.CreateSIToFP(a[0], result);
    LIND_NUMERIC_CASE(convert_i32_u)
        : LIND_NUMERIC_CASE(convert_i64_u) : return b_.CreateUIToFP(a[0], result);
    LIND_NUMERIC_CASE(demote_f64) : return b_.CreateFPTrunc(a[0], result);
    LIND_NUMERIC_CASE(promote_f32) : {
      llvm::Value* wide = b_.CreateFPExt(guarded(a[0]), result);
      // Or promote and demote cancel, and a signalling NaN comes through.
      if (!is_exact()) return wide;
      return b_.CreateIntrinsic(Intrinsic::arithmetic_fence, {result}, {wide});
    }
    LIND_NUMERIC_CASE(reinterpret_f32)
        : LIND_NUMERIC_CASE(reinterpret_f64)
        : LIND_NUMERIC_CASE(reinterpret_i32)
        : LIND_NUMERIC_CASE(reinterpret_i64) : return b_.CreateBitCast(a[0], result);
    default:
      return nullptr;
  }
}

llvm::Value* FunctionEmitter::divide(NumericOp op, llvm::Value* left, llvm::Value* right) {
  llvm::Type* type = left->getType();
  trap_if(b_.CreateICmpEQ(right, llvm::Constant::getNullValue(type)),
          TrapCode::k_integer_divide_by_zero);
  if (op == NumericOp::k_div_u) return b_.CreateUDiv(left, right);
  if (op == NumericOp::k_rem_u) return b_.CreateURem(left, right);
  llvm::Value* by_minus_one = b_.CreateICmpEQ(right, llvm::Constant::getAllOnesValue(type));
  if (op == NumericOp::k_rem_s) {  // by -1 it is 0, also where the quotient overflows
    return b_.CreateSRem(left,
                         b_.CreateSelect(by_minus_one, llvm::ConstantInt::get(type, 1), right));
  }
  llvm::Value* smallest = llvm::ConstantInt::get(
      chunk_.context(), llvm::APInt::getSignedMinValue(type->getIntegerBitWidth()));
  trap_if(b_.CreateAnd(b_.CreateICmpEQ(left, smallest), by_minus_one),
          TrapCode::k_integer_overflow);
  return b_.CreateSDiv(left, right);
}

// Counts are taken modulo the width of the value or of a lane.
llvm::Value* FunctionEmitter::shift(NumericOp op, llvm::Value* value, llvm::Value* count) {
  llvm::Type* type = value->getType();
  llvm::Type* element = type->getScalarType();
  llvm::Value* masked =
      b_.CreateAnd(b_.CreateZExtOrTrunc(count, element),
                   llvm::ConstantInt::get(element, element->getIntegerBitWidth() - 1));
  if (const auto* vector_type = llvm::dyn_cast<llvm::FixedVectorType>(type)) {
    masked = b_.CreateVectorSplat(vector_type->getNumElements(), masked);
  }
  if (op == NumericOp::k_shl) return b_.CreateShl(value, masked);
  return op == NumericOp::k_shr_s ? b_.CreateAShr(value, masked) : b_.CreateLShr(value, masked);
}

// Traps on NaN and on what is outside.  The bounds are exact in either float type: the integer
// range is (min - 1, max + 1), and where min - 1 is not a float the first one below min is -2^63
// times a little more, so that "value >= min" says the same.
llvm::Value* FunctionEmitter::truncate(llvm::Type* to, llvm::Value* value, bool is_signed) {
  trap_if(b_.CreateFCmpUNO(value, value), TrapCode::k_invalid_conversion);
  const int bits = static_cast<int>(to->getIntegerBitWidth());
  const int significant = value->getType()->isFloatTy() ? 24 : 53;
  const double limit = std::ldexp(1.0, is_signed ? bits - 1 : bits);
  llvm::Value* above = b_.CreateFCmpOGE(value, llvm::ConstantFP::get(value->getType(), limit));
  llvm::Value* below = nullptr;
  if (!is_signed) {
    below = b_.CreateFCmpOLE(value, llvm::ConstantFP::get(value->getType(), -1.0));
  } else if (significant >= bits) {
    below = b_.CreateFCmpOLE(value, llvm::ConstantFP::get(value->getType(), -limit - 1.0));
  } else {
    below = b_.CreateFCmpOLT(value, llvm::ConstantFP::get(value->getType(), -limit));
  }
  trap_if(b_.CreateOr(above, below), TrapCode::k_integer_overflow);
  return is_signed ? b_.CreateFPToSI(value, to) : b_.CreateFPToUI(value, to);
}

llvm::Value* FunctionEmitter::truncate_saturating(llvm::Type* to, llvm::Value* value,
                                                  bool is_signed) {
  return b_.CreateIntrinsic(is_signed ? Intrinsic::fptosi_sat : Intrinsic::fptoui_sat,
                            {to, value->getType()}, {value});
}

}  // namespace lind::codegen
