// memory.copy and memory.fill of a few bytes, without leaving compiled code.

#include <array>

#include "codegen/function_emitter_internal.h"

namespace lind::codegen {

/// Counts that the same accesses move: `per_end` of `num_bytes` each from the first byte upwards,
/// as many from the last downwards.  They overlap where the count is smaller than all of them.
struct FunctionEmitter::SizeClass {
  std::uint32_t least;
  unsigned num_bytes;
  unsigned per_end;
};

namespace {

/// Above, the host's copy makes up for the way there.
constexpr std::uint32_t kLongest = 64;

}  // namespace

void FunctionEmitter::copy_bytes(llvm::ArrayRef<llvm::Value*> args) {
  llvm::Value* const count = args[2];
  const auto move = [&](const SizeClass& size) {
    // All loads first: the ranges may overlap.
    const Values places = places_of(size, count);
    Values loaded;
    for (llvm::Value* place : places)
      loaded.push_back(load_from(access_type(size), b_.CreateAdd(args[1], place), {}));
    for (std::size_t i = 0; i < places.size(); ++i)
      store(loaded[i], b_.CreateAdd(args[0], places[i]), {});
  };
  by_size(count, move, [&] { call_builtin(vmabi::Builtin::k_memory_copy, args); });
}

void FunctionEmitter::fill_bytes(llvm::ArrayRef<llvm::Value*> args) {
  llvm::Value* const count = args[2];
  llvm::Value* const byte = b_.CreateTrunc(args[1], b_.getInt8Ty());
  const auto move = [&](const SizeClass& size) {
    llvm::Value* const value =
        b_.CreateBitCast(b_.CreateVectorSplat(size.num_bytes, byte), access_type(size));
    for (llvm::Value* place : places_of(size, count))
      store(value, b_.CreateAdd(args[0], place), {});
  };
  by_size(count, move, [&] { call_builtin(vmabi::Builtin::k_memory_fill, args); });
}

llvm::Type* FunctionEmitter::access_type(const SizeClass& size) {
  if (size.num_bytes == 16) return lanes(Shape::kI64x2);
  return b_.getIntNTy(8 * size.num_bytes);
}

/// Where the accesses of a class lie, from the start.
Values FunctionEmitter::places_of(const SizeClass& size, llvm::Value* count) {
  Values places;
  for (unsigned i = 0; i < size.per_end; ++i) {
    places.push_back(i32(i * size.num_bytes));
    places.push_back(b_.CreateSub(count, i32((i + 1) * size.num_bytes)));
  }
  if (size.num_bytes == 1) places.push_back(b_.CreateLShr(count, 1));  // the middle of three
  return places;
}

void FunctionEmitter::by_size(llvm::Value* count, llvm::function_ref<void(const SizeClass&)> move,
                              llvm::function_ref<void()> bulk) {
  constexpr SizeClass kLong{.least = 33, .num_bytes = 16, .per_end = 2};
  constexpr SizeClass kMiddle{.least = 16, .num_bytes = 16, .per_end = 1};
  constexpr std::array<SizeClass, 3> kFew{{{.least = 8, .num_bytes = 8, .per_end = 1},
                                           {.least = 4, .num_bytes = 4, .per_end = 1},
                                           {.least = 1, .num_bytes = 1, .per_end = 1}}};
  llvm::BasicBlock* const done = new_block();
  // Goes on where the condition does not hold.
  const auto where = [&](llvm::Value* condition, llvm::function_ref<void()> emit) {
    llvm::BasicBlock* const taken = new_block();
    llvm::BasicBlock* const next = new_block();
    b_.CreateCondBr(condition, taken, next);
    continue_at(taken);
    emit();
    b_.CreateBr(done);
    continue_at(next);
  };
  const auto where_at_least = [&](const SizeClass& size) {
    where(b_.CreateICmpUGE(count, i32(size.least)), [&] { move(size); });
  };
  where(b_.CreateICmpUGE(count, i32(kMiddle.least)), [&] {
    where(b_.CreateICmpUGT(count, i32(kLongest)), bulk);
    where_at_least(kLong);
    move(kMiddle);
  });
  for (const SizeClass& size : kFew)
    where_at_least(size);
  b_.CreateBr(done);
  continue_at(done);
}

}  // namespace lind::codegen
