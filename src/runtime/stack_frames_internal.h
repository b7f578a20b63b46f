/// \file
/// What the runtime puts on a guest's native stack.  Integers and code addresses only: a fork
/// copies these bytes to another address.  TCB.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/thread_block_internal.h"

namespace lind::runtime {

/// Spilled by a trampoline when the guest calls a builtin; guest_rsp points to it.
struct CallSpill {
  std::uint64_t r15, r14, r13, r12, rbx, rbp;
  std::uint64_t return_address;
};
static_assert(sizeof(CallSpill) == 56);

/// Bytes below rsp that a leaf function may use without saying so.
inline constexpr std::uint64_t kNativeRedZone = 128;

/// Registers of interrupted code, directly below its red zone.
struct InterruptRegisters {
  std::uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
  std::uint64_t rflags;
  std::uint64_t rip;
};
static_assert(sizeof(InterruptRegisters) == 136);

/// Room for the vector state: x87 header, SSE, AVX, AVX-512 in the standard format.
inline constexpr std::uint64_t kXsaveBytes = 2816;

/// Below the registers, 64-byte aligned; guest_rsp points to it.
struct alignas(64) InterruptFrame {
  std::uint64_t up;  ///< bytes from here to the InterruptRegisters
  std::array<std::uint64_t, 7> zero;
  std::array<std::byte, kXsaveBytes> xsave;
};
static_assert(offsetof(InterruptFrame, up) == LIND_IF_UP);
static_assert(offsetof(InterruptFrame, xsave) == LIND_IF_XSAVE);

/// A builtin to call again after a handler.
struct Retry {
  std::uint64_t builtin;  ///< vmabi::Builtin, or kNoRetry
  std::array<std::uint64_t, 7> arguments;
};
inline constexpr std::uint64_t kNoRetry = ~std::uint64_t{0};

/// Under a running guest signal handler; 64-byte aligned; the program's slots follow it.
struct alignas(64) DeliveryFrame {
  std::uint64_t next;   ///< LIND_NEXT_*: what the handler interrupted
  std::uint64_t value;  ///< for LIND_NEXT_CALL and LIND_NEXT_THUNK
  std::uint64_t rdx;
  std::array<std::uint64_t, 2> xmm0;
  std::uint64_t entry;          ///< for LIND_NEXT_ENTER and LIND_NEXT_HANDLER
  std::uint64_t up;             ///< bytes from here to what guest_rsp was
  std::uint64_t stack_pointer;  ///< the guest's __stack_pointer
  std::uint64_t ucontext;       ///< guest address; holds the mask to put back
  std::uint64_t restore_mask;   ///< if ucontext cannot be read
  std::uint64_t num_slots;
  Retry retry;
};

}  // namespace lind::runtime
