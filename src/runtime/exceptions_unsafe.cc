// Throwing and catching.  TCB: the walk decides where guest code goes on, on which frame.
//
// A walk reads call-site and function records, which the verifier has compared with the code, and
// the native stack, where only verified code and this room write.  It changes nothing until it has
// found a landing pad.

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/units.h"
#include "runtime/raw_unsafe.h"
#include "runtime/stack_words_unsafe.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"
#include "runtime/trampolines_internal.h"

namespace lind::runtime {
namespace {

using State = Thread::State;
using vmabi::TrapCode;

vmabi::ThreadBlock& block() noexcept {
  return lind_thread_block;
}

CallSpill& spill_at(std::uint64_t address) noexcept {
  // SAFETY: callers have checked that it lies on this thread's stack, or a trampoline spilled
  // there.
  return *object_at<CallSpill>(address);
}

/// A frame that is about to go on behind its call.
struct Position {
  CallSpill call;              ///< callee-saved registers and return address
  std::uint64_t rsp = 0;       ///< behind the call
  std::uint64_t delivery = 0;  ///< outermost DeliveryFrame that was crossed, 0: none
};

/// Where an exception goes on.
struct Landing {
  Position frame;
  std::uint64_t slot = 0;  ///< of the frame's return address
  std::uint32_t pad = 0;   ///< image offset
};

// The frame that made the call whose registers were spilled at `spill`.  Nothing if it is outside
// the stack.
std::optional<Position> caller_of(const State& state, std::uint64_t spill) {
  if (spill < state.stack.low() || spill + sizeof(CallSpill) > state.base ||
      !is_aligned(spill, 8)) {
    return std::nullopt;
  }
  Position position{.call = spill_at(spill), .rsp = spill + sizeof(CallSpill)};
  const auto return_address = return_address_at(state, position.rsp - sizeof(std::uint64_t));
  if (!return_address) return std::nullopt;
  position.call.return_address = *return_address;
  return position;
}

// Gives the caller of a frame its registers back.  False if it is outside the stack.
bool pop_frame(const State& state, const vmabi::CallSiteRecord& site, Position& position) {
  const std::uint32_t saved_regs = state.program().object().functions()[site.function].saved_regs;
  const std::uint64_t slot = position.rsp + site.frame_bytes;
  // Pushed in this order below the return address; bits of FunctionRecord::saved_regs.
  const std::array<std::pair<std::uint32_t, std::uint64_t*>, 6> order{{{2, &position.call.rbp},
                                                                       {32, &position.call.r15},
                                                                       {16, &position.call.r14},
                                                                       {8, &position.call.r13},
                                                                       {4, &position.call.r12},
                                                                       {1, &position.call.rbx}}};
  if (site.frame_bytes < 8 * static_cast<unsigned>(std::popcount(saved_regs))) return false;
  std::uint64_t next = slot;
  for (const auto& [bit, value] : order) {
    if ((saved_regs & bit) == 0) continue;
    next -= sizeof(std::uint64_t);
    const std::optional<std::uint64_t> word = word_at(state, next);
    if (!word) return false;
    *value = *word;
  }
  const std::optional<std::uint64_t> return_address = return_address_at(state, slot);
  if (!return_address) return false;
  position.call.return_address = *return_address;
  position.rsp = slot + sizeof(std::uint64_t);
  return true;
}

// Goes from a signal handler's adapter to the frame that the signal interrupted.  Only the call of
// a builtin has a place to go on; elsewhere registers are not what a landing pad expects.
std::optional<Position> interrupted_frame(const State& state, const vmabi::CallSiteRecord& site,
                                          const Position& position) {
  const std::uint64_t slot = position.rsp + site.frame_bytes;
  std::uint64_t return_address = word_at(state, slot).value_or(0);
  std::uint64_t at = slot + sizeof(std::uint64_t);
  while (return_address == address_of(lind_handler_return)) {
    if (!is_aligned(at, alignof(DeliveryFrame)) || at + sizeof(DeliveryFrame) > state.base) break;
    // SAFETY: inside this thread's stack, where push_handler() has put it: nothing else calls from
    // lind_handler_return, and verified code does not write above its own return address.
    const auto& frame = *object_at<const DeliveryFrame>(at);
    const std::uint64_t below = at + frame.up;
    if (frame.next == LIND_NEXT_CALL || frame.next == LIND_NEXT_THUNK) {
      std::optional<Position> caller = caller_of(state, below);
      if (caller) caller->delivery = at;
      return caller;
    }
    if (frame.next != LIND_NEXT_HANDLER) break;
    at = below;  // a handler that had not begun
  }
  return std::nullopt;
}

// The innermost landing pad from the call on whose registers were just spilled.
std::optional<Landing> find_landing(const State& state) {
  const Program& program = state.program();
  std::optional<Position> position = caller_of(state, block().guest_rsp);
  while (position) {
    const auto offset = program.text_offset(position->call.return_address);
    const vmabi::CallSiteRecord* const site = offset ? program.find_call_site(*offset) : nullptr;
    if (site == nullptr) break;
    const std::uint64_t delivery = position->delivery;
    if (site->function == vmabi::kNoIndex) {
      position = interrupted_frame(state, *site, *position);
      continue;
    }
    const std::uint64_t slot = position->rsp + site->frame_bytes;
    if (site->landing_pad != vmabi::kNoIndex) {
      if (!word_at(state, slot)) break;
      return Landing{.frame = *position, .slot = slot, .pad = site->landing_pad};
    }
    if (!pop_frame(state, *site, *position)) break;
    position->delivery = delivery;
  }
  return std::nullopt;
}

// Arguments and results that were on their way when the signal came.
void put_back_slots(std::uint64_t delivery) {
  // SAFETY: interrupted_frame() has found it there.
  const auto& frame = *object_at<const DeliveryFrame>(delivery);
  const std::uint64_t num_slots = std::min<std::uint64_t>(frame.num_slots, vmabi::kNumSlots);
  std::copy_n(object_at<const std::uint64_t>(delivery + sizeof(DeliveryFrame)), num_slots,
              block().slots);
  scratch(Scratch::kEntry) = frame.entry;
}

// The state of the builtin's call becomes that of a call that comes back to the landing pad.
void go_to(State& state, const Landing& landing) {
  if (landing.frame.delivery != 0) put_back_slots(landing.frame.delivery);
  state.jumps.drop_deeper(state.depth_of(landing.slot));
  const std::uint64_t at = landing.frame.rsp - sizeof(CallSpill);
  block().guest_rsp = at;
  // SAFETY: below rsp at a call, where nothing of its frame lies; caller_of() or pop_frame() put
  // rsp on this stack, above the spill of the call that is going on.
  spill_at(at) = landing.frame.call;
  spill_at(at).return_address = state.program().text_start() + landing.pad;
}

// Whatever may hold a reference: see ExceptionTable.
void trace(State& state) {
  state.exceptions.trace([&state](auto mark) {
    const std::uint64_t start = block().guest_rsp;
    // SAFETY: from the spill of the call going on to the stack's end, all of it this thread's.
    std::for_each_n(object_at<const std::uint64_t>(start), (state.stack.high() - start) / 8, mark);
    std::for_each(std::begin(block().slots), std::end(block().slots), mark);
    std::ranges::for_each(state.live_globals(), mark);
    Instance::State& instance = state.instance_state();
    const MutexLock lock(instance.mu);
    for (const std::shared_ptr<Table>& table : instance.tables) {
      if (table->holds_exceptions) std::ranges::for_each(table->references, mark);
    }
  });
}

std::optional<std::uint64_t> add(State& state, Exception exception) {
  if (state.exceptions.is_due()) trace(state);
  return state.exceptions.add(std::move(exception));
}

Outcome throw_reference(State& state, std::uint64_t reference) {
  const Exception* const exception = state.exceptions.find(reference);
  if (exception == nullptr) return Outcome::trap(TrapCode::k_null_exception);
  const std::optional<Landing> landing = find_landing(state);
  if (!landing) {
    state.thrown = *exception;
    Outcome uncaught = Outcome::trap(TrapCode::k_uncaught_exception);
    uncaught.kind = Outcome::Kind::kUncaught;
    return uncaught;
  }
  go_to(state, *landing);
  return Outcome::of(reference);
}

}  // namespace

Outcome Builtins::run_exception_new(State& state, BuiltinArguments& arguments) {
  const auto tag = static_cast<std::uint32_t>(arguments[0]);
  const std::vector<std::shared_ptr<const Tag>>& tags = state.instance_state().tags;
  if (tag >= tags.size()) return Outcome::trap(TrapCode::k_null_exception);
  const auto* const slots = std::begin(block().slots);
  const auto reference =
      add(state, {.tag = tags[tag], .payload = {slots, slots + tags[tag]->num_words}});
  if (!reference) return Outcome::trap(TrapCode::k_exceptions_exhausted);
  return Outcome::of(*reference);
}

Outcome Builtins::run_exception_throw(State& state, BuiltinArguments& arguments) {
  return throw_reference(state, arguments[0]);
}

Outcome Builtins::run_exception_match(State& state, BuiltinArguments& arguments) {
  const Exception* const exception = state.exceptions.find(arguments[0]);
  const auto tag = static_cast<std::uint32_t>(arguments[1]);
  const std::vector<std::shared_ptr<const Tag>>& tags = state.instance_state().tags;
  if (exception == nullptr || tag >= tags.size()) return Outcome::trap(TrapCode::k_null_exception);
  if (exception->tag != tags[tag]) return Outcome::of(0);
  std::ranges::copy(exception->payload, std::begin(block().slots));
  return Outcome::of(1);
}

Outcome throw_in_caller(State& state) {
  if (!state.thrown) return Outcome::trap(TrapCode::k_uncaught_exception);
  const auto reference = add(state, *std::exchange(state.thrown, std::nullopt));
  if (!reference) return Outcome::trap(TrapCode::k_exceptions_exhausted);
  return throw_reference(state, *reference);
}

}  // namespace lind::runtime
