/// \file
/// What trampolines.S offers and what it calls.

#pragma once

#include <cstdint>

namespace lind::runtime {

/// Where a trampoline goes on, see LIND_NEXT_* in thread_block_internal.h.
struct Exit {
  std::uint64_t value;
  std::uint64_t next;
};

}  // namespace lind::runtime

extern "C" {

int lind_enter() noexcept;
int lind_resume(std::uint64_t value) noexcept;
std::int64_t lind_blocking_syscall(long number, const std::uint64_t* arguments) noexcept;
void lind_set_gs(std::uint64_t base) noexcept;
std::uint64_t lind_get_gs() noexcept;

// Code addresses, never called from C++.
extern const char lind_builtin_entries[], lind_frame_thunk[], lind_interrupt_entry[],
    lind_stack_fault_entry[], lind_signal_restorer[];
extern const char lind_trampolines_begin[], lind_trampolines_end[];
extern const char lind_call_check[], lind_call_end[], lind_thunk_check[], lind_thunk_end[],
    lind_restore_check[], lind_restore_end[], lind_handler_check[], lind_handler_return[],
    lind_enter_check[], lind_enter_return[];
extern const char lind_blocking_check[], lind_blocking_end[], lind_blocking_interrupted[];
extern const char lind_copy_begin[], lind_copy_end[], lind_copy_fault[];

// Called by the trampolines, on the host stack.  None throws or jumps.
lind::runtime::Exit lind_take_pending(std::uint64_t value, std::uint64_t next) noexcept;
lind::runtime::Exit lind_handler_returned() noexcept;
lind::runtime::Exit lind_frame_returned(std::uint64_t value) noexcept;
lind::runtime::Exit lind_interrupted() noexcept;
lind::runtime::Exit lind_stack_fault() noexcept;

// Set once by initialize_runtime.
extern std::uint32_t lind_have_avx;    ///< 1 if there are upper halves to clear
extern std::uint32_t lind_xsave_mask;  ///< state components that guest code may use

}  // extern "C"
