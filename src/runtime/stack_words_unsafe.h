/// \file
/// Reading a guest's native stack, for walks over its frames.  TCB.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/units.h"
#include "runtime/raw_unsafe.h"
#include "runtime/thread_state_internal.h"
#include "runtime/trampolines_internal.h"

namespace lind::runtime {

/// The word at `address`; nothing if that is not a word of this stay's stack.
inline std::optional<std::uint64_t> word_at(const Thread::State& state, std::uint64_t address) {
  if (address < state.stack.low() || address > state.base - 8 || !is_aligned(address, 8)) {
    return std::nullopt;
  }
  // SAFETY: inside this thread's own native stack, checked above.
  return *object_at<const std::uint64_t>(address);
}

/// The return address in `slot`, seen through the thunk of a function that has called setjmp.
inline std::optional<std::uint64_t> return_address_at(const Thread::State& state,
                                                      std::uint64_t slot) {
  const std::optional<std::uint64_t> word = word_at(state, slot);
  if (!word.has_value() || *word != address_of(lind_frame_thunk)) return word;
  const auto found = std::ranges::lower_bound(state.jumps.frames, state.depth_of(slot), {},
                                              &JumpTable::Frame::slot_depth);
  const bool is_known =
      found != state.jumps.frames.end() && found->slot_depth == state.depth_of(slot);
  return is_known ? found->return_address : *word;
}

}  // namespace lind::runtime
