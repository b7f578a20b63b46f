#include <lind/error.h>

#include "base/check.h"
#include "base/log.h"
#include "vmabi/traps.h"

namespace lind::embed {
namespace {

#define LIND_SAME(ours, theirs)                        \
  static_assert(static_cast<int>(TrapCode::k##ours) == \
                static_cast<int>(vmabi::TrapCode::k_##theirs))
LIND_SAME(Unreachable, unreachable);
LIND_SAME(OutOfBoundsMemory, out_of_bounds_memory);
LIND_SAME(OutOfBoundsTable, out_of_bounds_table);
LIND_SAME(UndefinedElement, undefined_element);
LIND_SAME(UninitializedElement, uninitialized_element);
LIND_SAME(IndirectCallType, indirect_call_type);
LIND_SAME(IntegerDivideByZero, integer_divide_by_zero);
LIND_SAME(IntegerOverflow, integer_overflow);
LIND_SAME(InvalidConversion, invalid_conversion);
LIND_SAME(UnalignedAtomic, unaligned_atomic);
LIND_SAME(ExpectedSharedMemory, expected_shared_memory);
LIND_SAME(StackExhausted, stack_exhausted);
LIND_SAME(DeadJumpBuffer, dead_jump_buffer);
LIND_SAME(BadImport, bad_import);
LIND_SAME(UncaughtException, uncaught_exception);
LIND_SAME(NullException, null_exception);
LIND_SAME(ExceptionsExhausted, exceptions_exhausted);
#undef LIND_SAME

}  // namespace

void detail::wrong_side(const Error* error) noexcept {
  if (error != nullptr) log::error("the value of a failed result was used: {}", error->message());
  LIND_CHECK(false);
}

}  // namespace lind::embed
