/// \file
/// Where the trampolines find things in the thread block of the running host thread.
/// Included by assembly too: the first part is preprocessor only.

#ifndef LIND_RUNTIME_THREAD_BLOCK_INTERNAL_H
#define LIND_RUNTIME_THREAD_BLOCK_INTERNAL_H

// Byte offsets into vmabi::ThreadBlock; checked against the struct below.
#define LIND_TB_HOST_RSP 0
#define LIND_TB_GUEST_RSP 8
#define LIND_TB_PENDING 24
#define LIND_TB_THREAD 40
#define LIND_TB_SCRATCH 48
#define LIND_TB_ENTRY 48       // scratch[0]: code address that enter_guest and handlers call
#define LIND_TB_RESULT_RDX 56  // scratch[1], [2], [3]: results held over lind_frame_returned
#define LIND_TB_RESULT_XMM0 64
#define LIND_TB_INTERRUPT 80   // scratch[4]: non-zero: blocking calls return EINTR
#define LIND_TB_TEXT_START 88  // scratch[5], [6]: guest text that may run on this thread now
#define LIND_TB_TEXT_END 96
#define LIND_TB_STACK_LOW 104  // scratch[7], [8]: usable native stack; its guard lies below
#define LIND_TB_STACK_HIGH 112
#define LIND_TB_FAULT_SIGNAL 120  // scratch[9], [10], [11]: what the fault handler saw
#define LIND_TB_FAULT_ADDRESS 128
#define LIND_TB_FAULT_PC 136
#define LIND_TB_PENDING_WORD 144  // scratch[12]: Thread's own pending flag, for the kick handler
#define LIND_TB_BUILTIN_ENTRY 512
#define LIND_TB_SLOTS 1536

// What C++ answers to the trampolines: where to go on.
#define LIND_NEXT_CALL 0     // back behind the guest's call, rax = value
#define LIND_NEXT_THUNK 1    // the same with rdx and xmm0 from the thread block
#define LIND_NEXT_RESTORE 2  // restore the interrupted registers
#define LIND_NEXT_HANDLER 3  // call the signal entry
#define LIND_NEXT_ENTER 4    // call the entry of run()
#define LIND_NEXT_LEAVE 5    // drop the guest's stack

// InterruptFrame, see stack_frames_internal.h.
#define LIND_IF_UP 0
#define LIND_IF_XSAVE 64

#ifndef __ASSEMBLER__

#include <cstddef>
#include <cstdint>

#include "vmabi/thread_block.h"

extern "C" {

/// The block of the calling host thread.
extern thread_local constinit lind::vmabi::ThreadBlock lind_thread_block
    __attribute__((tls_model("local-exec"), visibility("hidden")));

/// Its offset from the thread pointer; the same in all threads of this program.
std::int64_t lind_thread_block_offset() noexcept;

}  // extern "C"

namespace lind::runtime {

/// Names for ThreadBlock::scratch.
enum class Scratch : std::size_t {
  kEntry = 0,
  kResultRdx = 1,
  kResultXmm0 = 2,
  kResultXmm0High = 3,
  kInterrupt = 4,
  kTextStart = 5,
  kTextEnd = 6,
  kStackLow = 7,
  kStackHigh = 8,
  kFaultSignal = 9,
  kFaultAddress = 10,
  kFaultPc = 11,
  kPendingWord = 12,
  kReservationBytes = 13,  ///< around memory_base; a fault outside is not the guest's
};

inline std::uint64_t& scratch(Scratch index) noexcept {
  return lind_thread_block.scratch[static_cast<std::size_t>(index)];
}

#define LIND_SCRATCH_OFFSET(name) \
  (offsetof(vmabi::ThreadBlock, scratch) + 8 * static_cast<std::size_t>(Scratch::name))
static_assert(offsetof(vmabi::ThreadBlock, host_rsp) == LIND_TB_HOST_RSP);
static_assert(offsetof(vmabi::ThreadBlock, guest_rsp) == LIND_TB_GUEST_RSP);
static_assert(offsetof(vmabi::ThreadBlock, pending) == LIND_TB_PENDING);
static_assert(offsetof(vmabi::ThreadBlock, thread) == LIND_TB_THREAD);
static_assert(offsetof(vmabi::ThreadBlock, builtin_entry) == LIND_TB_BUILTIN_ENTRY);
static_assert(offsetof(vmabi::ThreadBlock, slots) == LIND_TB_SLOTS);
static_assert(LIND_SCRATCH_OFFSET(kEntry) == LIND_TB_ENTRY);
static_assert(LIND_SCRATCH_OFFSET(kResultRdx) == LIND_TB_RESULT_RDX);
static_assert(LIND_SCRATCH_OFFSET(kResultXmm0) == LIND_TB_RESULT_XMM0);
static_assert(LIND_SCRATCH_OFFSET(kInterrupt) == LIND_TB_INTERRUPT);
static_assert(LIND_SCRATCH_OFFSET(kTextStart) == LIND_TB_TEXT_START);
static_assert(LIND_SCRATCH_OFFSET(kStackLow) == LIND_TB_STACK_LOW);
static_assert(LIND_SCRATCH_OFFSET(kFaultSignal) == LIND_TB_FAULT_SIGNAL);
static_assert(LIND_SCRATCH_OFFSET(kFaultPc) == LIND_TB_FAULT_PC);
static_assert(LIND_SCRATCH_OFFSET(kPendingWord) == LIND_TB_PENDING_WORD);
#undef LIND_SCRATCH_OFFSET

}  // namespace lind::runtime

#endif  // __ASSEMBLER__
#endif  // LIND_RUNTIME_THREAD_BLOCK_INTERNAL_H
