/// \file
/// Where guest code may jump back to.  TCB: a jump into a frame that is gone would run code on
/// spill slots that the guest wrote.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace lind::runtime {

/// The living frames of one thread that have saved a jump buffer, and what they saved.
///
/// Positions on the stack are depths: bytes below the stack's high end, so that a fork can copy
/// them.  A deeper frame is a younger one.
/// Invariants: frames and points are sorted by depth, ascending; each point belongs to a frame in
/// the list; the return address slot of each frame holds lind_frame_thunk.
/// Threading: the thread itself.
struct JumpTable {
  struct Frame {
    std::uint64_t slot_depth;      ///< of the return address slot
    std::uint64_t return_address;  ///< that belongs there
  };
  struct Point {
    std::uint64_t token;                     ///< what the guest's buffer holds
    std::uint64_t slot_depth;                ///< of its frame
    std::uint64_t rsp_depth;                 ///< of rsp behind the call
    std::uint64_t return_address;            ///< of the call
    std::uint64_t stack_pointer;             ///< __stack_pointer at the call
    std::array<std::uint64_t, 6> registers;  ///< r15 r14 r13 r12 rbx rbp
  };

  std::vector<Frame> frames;
  std::vector<Point> points;
  std::uint64_t next_token = 1;

  /// The point of `token`, null if its frame is gone or it never was one.
  const Point* find(std::uint64_t token) const noexcept;
  /// Forgets frames whose slot lies deeper than `depth`.
  void drop_deeper(std::uint64_t depth) noexcept;
};

}  // namespace lind::runtime
