// TCB.  What must hold along all paths through a function of its frame: the stack pointer and the
// registers that it has to give back.

#include <algorithm>
#include <cstring>

#include "verify/function_internal.h"

// A rule is about a few kinds of instructions; `default:` is the refusal or the loss of knowledge.
#pragma GCC diagnostic ignored "-Wswitch-enum"

namespace lind::verify {
namespace {

constexpr std::uint32_t kNoIndex = vmabi::kNoIndex;
/// Below the 64 KiB that are never accessible under a native stack.
constexpr std::int64_t kMaxFrameBytes = 60 * 1024 + 64;

constexpr std::uint16_t bit(unsigned number) {
  return static_cast<std::uint16_t>(1U << number);
}

bool is_callee_saved(std::uint8_t number) {
  return (kCalleeSaved >> number & 1) != 0;
}

std::int64_t saved_bytes(const Frame& frame) {
  return 8 * std::int64_t{frame.num_saved};
}

/// `lock or dword ptr [rsp], 0`: a fence that changes nothing.
bool is_fence(const Instruction& instruction, std::span<const std::byte> text) {
  constexpr std::array<std::uint8_t, 5> kFence = {0xf0, 0x83, 0x0c, 0x24, 0x00};
  return instruction.size == kFence.size() &&
         std::memcmp(text.data() + instruction.offset, kFence.data(), kFence.size()) == 0;
}

}  // namespace

bool FunctionVerifier::move_stack(const Instruction& instruction, Frame& frame, std::int64_t by) {
  const std::int64_t depth = frame.depth + by;
  if (depth < saved_bytes(frame) || depth > kMaxFrameBytes) {
    return refuse(instruction, "moves the stack pointer out of the frame");
  }
  frame.depth = static_cast<std::int32_t>(depth);
  return true;
}

bool FunctionVerifier::check_written(const Instruction& instruction, const Frame& frame) {
  std::uint16_t unsaved = (kCalleeSaved | bit(kRsp)) & instruction.writes;
  if (unsaved == 0) return true;
  for (std::size_t i = 0; i < frame.num_saved; ++i)
    unsaved &= static_cast<std::uint16_t>(~bit(frame.saved[i]));
  return unsaved == 0 || refuse(instruction, "writes a register that it must keep");
}

bool FunctionVerifier::leave(const Instruction& instruction, const Frame& frame) {
  return (frame.depth == 0 && frame.num_saved == 0) || refuse(instruction, "leaves with its frame");
}

bool FunctionVerifier::step_frame(const Instruction& instruction, Frame& frame) {
  const bool moves = (instruction.writes >> kRsp & 1) != 0;
  switch (instruction.kind) {
    case Kind::kPush:
      if (instruction.reg == kRsp) return refuse(instruction, "pushes the stack pointer");
      if (is_callee_saved(instruction.reg) && frame.depth == saved_bytes(frame) &&
          frame.num_saved < frame.saved.size()) {
        const auto end = frame.saved.begin() + frame.num_saved;
        if (std::find(frame.saved.begin(), end, instruction.reg) == end) {
          frame.saved[frame.num_saved++] = instruction.reg;
        }
      }
      return move_stack(instruction, frame, 8);
    case Kind::kPop:
      if (frame.num_saved != 0 && frame.depth == saved_bytes(frame)) {
        if (frame.saved[frame.num_saved - 1U] != instruction.reg) {
          return refuse(instruction, "restores another register");
        }
        frame.saved[--frame.num_saved] = 0;
        frame.depth -= 8;
        return true;
      }
      if (is_callee_saved(instruction.reg) || instruction.reg == kRsp) {
        return refuse(instruction, "writes a register that it must keep");
      }
      return move_stack(instruction, frame, -8);
    case Kind::kAdd:
    case Kind::kSub:
      if (!moves) break;
      if (instruction.width != 8 || !instruction.has_immediate || instruction.rm != kRsp) {
        return refuse(instruction, "computes the stack pointer");
      }
      return move_stack(
          instruction, frame,
          instruction.kind == Kind::kAdd ? -instruction.immediate : instruction.immediate);
    case Kind::kLea:
      if (!moves) break;
      if (instruction.width != 8 || instruction.base != kRsp || instruction.index != kNoRegister) {
        return refuse(instruction, "computes the stack pointer");
      }
      return move_stack(instruction, frame, -std::int64_t{instruction.displacement});
    case Kind::kReturn:
      return leave(instruction, frame);
    case Kind::kBreak:
      return refuse(instruction, "runs into padding");
    case Kind::kNop:
    case Kind::kTrap:
      return true;
    default:
      break;
  }
  if (instruction.reg == kRsp || instruction.rm == kRsp) {
    return refuse(instruction, "uses the stack pointer as a value");
  }
  if (is_stack(instruction) && instruction.kind != Kind::kLea) {
    const std::int64_t at = instruction.displacement;
    if (at < 0 || at + instruction.memory_bytes > frame.depth - saved_bytes(frame)) {
      if (!is_fence(instruction, code_.text)) {
        return refuse(instruction, "stack outside the own frame");
      }
    }
  }
  return check_written(instruction, frame);
}

bool FunctionVerifier::enter_frame(std::uint32_t position, const Frame& frame) {
  Frame& known = steps_[position].frame;
  if (known.depth < 0) {
    known = frame;
    pending_.push_back(position);
    return true;
  }
  return known == frame || refuse(steps_[position], "reached with different frames");
}

bool FunctionVerifier::branch_frame(const Step& step, const Frame& frame) {
  return step.target != kNoIndex ? enter_frame(step.target, frame) : leave(step, frame);
}

bool FunctionVerifier::flow_frames() {
  steps_.front().frame.depth = 0;
  pending_.assign(1, 0);
  while (!pending_.empty()) {
    std::size_t position = pending_.back();
    pending_.pop_back();
    Frame frame = steps_[position].frame;
    while (true) {
      const Step& step = steps_[position];
      if ((step.marks & kConcernsFrame) != 0 && !step_frame(step, frame)) return false;
      if (step.kind == Kind::kJump || step.kind == Kind::kBranch) {
        if (!branch_frame(step, frame)) return false;
      } else if (step.target != kNoIndex && !enter_frame(step.target, frame)) {
        return false;
      }
      if (!falls_through(step.kind)) break;
      if (++position == steps_.size()) return refuse(step, "runs off its end");
      Frame& next = steps_[position].frame;
      if (next.depth >= 0) {
        if (!(next == frame)) return refuse(steps_[position], "reached with different frames");
        break;
      }
      next = frame;
    }
  }
  return true;
}

}  // namespace lind::verify
