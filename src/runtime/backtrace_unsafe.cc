#include <cstddef>

#include "runtime/stack_frames_internal.h"
#include "runtime/stack_words_unsafe.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"

namespace lind::runtime {
namespace {

/// Where a function's caller goes on, by what the stack says.
struct Return {
  std::uint64_t slot;  ///< of the return address
  std::uint32_t offset;
  const vmabi::CallSiteRecord* site;
};

std::optional<Return> return_in(const Thread::State& state, std::uint64_t slot) {
  const std::optional<std::uint64_t> pc = return_address_at(state, slot);
  if (!pc.has_value()) return std::nullopt;
  const std::optional<std::uint32_t> offset = state.program().text_offset(*pc);
  if (!offset.has_value()) return std::nullopt;
  const vmabi::CallSiteRecord* const site = state.program().find_call_site(*offset);
  if (site == nullptr) return std::nullopt;
  return Return{slot, *offset, site};
}

/// Stopped code, and the return address of its function if that can be told.
struct Stop {
  std::uint32_t offset;
  std::optional<Return> caller;
};

// Between instructions of its beginning or end, a function's frame is smaller than at its calls.
std::optional<Stop> find_stop(const Thread::State& state) {
  constexpr std::uint64_t kMaxPushes = 6;
  const std::optional<std::uint64_t> up =
      word_at(state, state.interrupt_frame + offsetof(InterruptFrame, up));
  if (!up.has_value()) return std::nullopt;
  const std::uint64_t registers = state.interrupt_frame + *up;
  const std::optional<std::uint64_t> pc =
      word_at(state, registers + offsetof(InterruptRegisters, rip));
  const std::optional<std::uint32_t> offset =
      pc.has_value() ? state.program().text_offset(*pc) : std::nullopt;
  if (!offset.has_value()) return std::nullopt;
  const std::uint64_t rsp = registers + sizeof(InterruptRegisters) + kNativeRedZone;
  const vmabi::FunctionRecord* const function = state.program().find_function(*offset);
  std::optional<Return> caller;
  if (function != nullptr) caller = return_in(state, rsp + function->frame_bytes);
  for (std::uint64_t pushes = 0; pushes <= kMaxPushes && !caller.has_value(); ++pushes)
    caller = return_in(state, rsp + pushes * sizeof(std::uint64_t));
  return Stop{*offset, caller};
}

}  // namespace

// Walks from the current call, or the instruction that was stopped, outwards; ends at a signal
// handler's activation or the entry, where no call-site record is.
std::vector<std::uint32_t> Thread::frames(std::size_t max_frames) const {
  std::vector<std::uint32_t> offsets;
  if (!state_->is_current()) return offsets;
  std::optional<Return> next;
  if (state_->interrupt_frame != 0) {
    const std::optional<Stop> stop = find_stop(*state_);
    if (!stop.has_value()) return offsets;
    offsets.push_back(stop->offset);
    next = stop->caller;
  } else {
    next =
        return_in(*state_, lind_thread_block.guest_rsp + sizeof(CallSpill) - sizeof(std::uint64_t));
  }
  while (next.has_value() && offsets.size() < max_frames &&
         next->site->function != vmabi::kNoIndex) {
    offsets.push_back(next->offset - 1);  // inside the call, not behind it
    next = return_in(*state_, next->slot + sizeof(std::uint64_t) + next->site->frame_bytes);
  }
  return offsets;
}

std::vector<std::string> Thread::backtrace(std::size_t max_frames) const {
  std::vector<std::string> names;
  for (const std::uint32_t offset : frames(max_frames))
    names.push_back(state_->program().function_name(offset));
  return names;
}

}  // namespace lind::runtime
