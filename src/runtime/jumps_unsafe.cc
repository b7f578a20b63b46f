// setjmp and longjmp of guests.  TCB.
//
// A function that calls setjmp gets its return address swapped for lind_frame_thunk, so that its
// points die with its frame.  It must not end in a tail call (its frame would die unseen); codegen
// marks none in a function that calls setjmp.

#include <algorithm>
#include <cstring>

#include "base/units.h"
#include "runtime/raw_unsafe.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"
#include "runtime/trampolines_internal.h"

namespace lind::runtime {
namespace {

using State = Thread::State;

vmabi::ThreadBlock& block() noexcept {
  return lind_thread_block;
}

CallSpill& spill() noexcept {
  // SAFETY: while a builtin runs, guest_rsp is where the trampoline has just spilled.
  return *object_at<CallSpill>(block().guest_rsp);
}

Outcome dead() {
  return Outcome::trap(vmabi::TrapCode::k_dead_jump_buffer);
}

// Address of the return address slot of the frame that made the current call; nothing if the
// object does not describe the call.
std::optional<std::uint64_t> return_slot(const State& state, std::uint64_t return_address,
                                         std::uint64_t rsp) {
  const std::optional<std::uint32_t> offset = state.program().text_offset(return_address);
  if (!offset.has_value()) return std::nullopt;
  const vmabi::CallSiteRecord* const site = state.program().find_call_site(*offset);
  if (site == nullptr || site->function == vmabi::kNoIndex) return std::nullopt;
  const std::uint64_t slot = rsp + site->frame_bytes;
  if (slot + sizeof(std::uint64_t) > state.base || !is_aligned(slot, 8)) return std::nullopt;
  return slot;
}

// Notes the frame, innermost last, and swaps its return address.
void watch_frame(State& state, std::uint64_t slot) {
  const std::uint64_t depth = state.depth_of(slot);
  // Frames that a longjmp or an unwinder skipped lie deeper; they are gone.
  state.jumps.drop_deeper(depth);
  if (!state.jumps.frames.empty() && state.jumps.frames.back().slot_depth == depth) return;
  // SAFETY: return_slot() put the slot between guest_rsp and the base of this thread's stack.
  auto& return_address = *object_at<std::uint64_t>(slot);
  state.jumps.frames.push_back({depth, return_address});
  return_address = address_of(lind_frame_thunk);
}

// The point of this call in this frame: one per call site, so that loops do not pile them up.
JumpTable::Point& point_of(State& state, std::uint64_t slot, std::uint64_t return_address) {
  const std::uint64_t depth = state.depth_of(slot);
  for (JumpTable::Point& point : state.jumps.points) {
    if (point.slot_depth == depth && point.return_address == return_address) return point;
  }
  state.jumps.points.push_back({.token = state.jumps.next_token++,
                                .slot_depth = depth,
                                .rsp_depth = 0,
                                .return_address = return_address,
                                .stack_pointer = 0,
                                .registers = {}});
  return state.jumps.points.back();
}

Outcome buffer_fault(std::uint64_t buffer) {
  Outcome outcome = Outcome::trap(vmabi::TrapCode::k_out_of_bounds_memory);
  outcome.fault.kind = Fault::Kind::kMemory;
  outcome.fault.address = buffer;
  return outcome;
}

}  // namespace

Outcome Builtins::run_setjmp(State& state, BuiltinArguments& arguments) {
  const std::uint64_t buffer = static_cast<std::uint32_t>(arguments[0]);
  const CallSpill& call = spill();
  const std::uint64_t rsp = block().guest_rsp + sizeof(CallSpill);
  const std::optional<std::uint64_t> slot = return_slot(state, call.return_address, rsp);
  if (!slot.has_value()) return dead();

  watch_frame(state, *slot);
  JumpTable::Point& point = point_of(state, *slot, call.return_address);
  const std::uint64_t* const stack_pointer = state.stack_pointer();
  point.rsp_depth = state.depth_of(rsp);
  point.stack_pointer = stack_pointer != nullptr ? *stack_pointer : 0;
  point.registers = {call.r15, call.r14, call.r13, call.r12, call.rbx, call.rbp};

  // docs/guest-abi.md, section 6: the eight words of __jmp_buf, nothing behind them.
  const std::array<std::uint64_t, 8> words{point.token, point.stack_pointer};
  const auto bytes = std::as_bytes(std::span(words));
  if (!state.instance->memory().copy_out(GuestAddr{buffer}, bytes).ok()) {
    return buffer_fault(buffer);
  }
  return Outcome::of(0);
}

Outcome Builtins::run_longjmp(State& state, BuiltinArguments& arguments) {
  const std::uint64_t buffer = static_cast<std::uint32_t>(arguments[0]);
  const auto value = static_cast<std::uint32_t>(arguments[1]);
  std::uint64_t token = 0;
  const auto bytes = std::as_writable_bytes(std::span(&token, 1));
  if (!state.instance->memory().copy_in(bytes, GuestAddr{buffer}).ok()) {
    return buffer_fault(buffer);
  }
  const JumpTable::Point* const found = state.jumps.find(token);
  // A frame of an outer stay has host frames above it.
  if (found == nullptr || state.at_depth(found->slot_depth) >= state.base) return dead();

  const JumpTable::Point point = *found;
  state.jumps.drop_deeper(point.slot_depth);
  if (std::uint64_t* const stack_pointer = state.stack_pointer()) {
    *stack_pointer = point.stack_pointer;
  }
  // The bytes below rsp at a call belong to nobody: the frame is its function's, which has no red
  // zone while it calls.
  block().guest_rsp = state.at_depth(point.rsp_depth) - sizeof(CallSpill);
  spill() = {.r15 = point.registers[0],
             .r14 = point.registers[1],
             .r13 = point.registers[2],
             .r12 = point.registers[3],
             .rbx = point.registers[4],
             .rbp = point.registers[5],
             .return_address = point.return_address};
  return Outcome::of(value == 0 ? 1 : value);
}

}  // namespace lind::runtime

// A frame with points has returned through lind_frame_thunk: guest_rsp is a CallSpill whose return
// address slot is the frame's own.
lind::runtime::Exit lind_frame_returned(std::uint64_t value) noexcept {
  using namespace lind::runtime;  // NOLINT(google-build-using-namespace): one function
  Thread::State& state = current_state();
  const std::uint64_t slot =
      lind_thread_block.guest_rsp + sizeof(CallSpill) - sizeof(std::uint64_t);
  const std::uint64_t depth = state.depth_of(slot);
  state.jumps.drop_deeper(depth);
  if (state.jumps.frames.empty() || state.jumps.frames.back().slot_depth != depth) {
    // Machine code that broke its own call-site records: the guest ends, not the host.
    return lind_stack_fault();
  }
  spill().return_address = state.jumps.frames.back().return_address;
  state.jumps.drop_deeper(depth - 1);
  return {value, LIND_NEXT_THUNK};
}
