// TCB.  What must hold along all paths through a function: the stack, saved registers, and where
// addresses of calls, jumps and table entries come from.

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "verify/function_internal.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"

// A rule is about a few kinds of instructions; `default:` is the refusal or the loss of knowledge.
#pragma GCC diagnostic ignored "-Wswitch-enum"

namespace lind::verify {
namespace {

constexpr std::uint32_t kNoIndex = vmabi::kNoIndex;
constexpr std::uint32_t kUnbounded = 0xffffffff;
/// Below the 64 KiB that are never accessible under a native stack.
constexpr std::int64_t kMaxFrameBytes = 60 * 1024 + 64;
/// A value that changes more often than this where paths meet is no longer followed.
constexpr std::uint8_t kMaxVisits = 4;

constexpr std::uint16_t bit(unsigned number) {
  return static_cast<std::uint16_t>(1U << number);
}
/// rbx, rbp, r12 to r15: a function gives them back as it found them.
constexpr std::uint16_t kCalleeSaved = bit(3) | bit(5) | bit(12) | bit(13) | bit(14) | bit(15);
constexpr std::uint16_t kCallerSaved = static_cast<std::uint16_t>(~(kCalleeSaved | bit(kRsp)));

bool is_callee_saved(std::uint8_t number) {
  return (kCalleeSaved >> number & 1) != 0;
}

std::int64_t saved_bytes(const Frame& frame) {
  return 8 * std::int64_t{frame.num_saved};
}

bool falls_through(Kind kind) {
  return kind != Kind::kJump && kind != Kind::kJumpIndirect && kind != Kind::kReturn &&
         kind != Kind::kTrap;
}

bool is_call(Kind kind) {
  return kind == Kind::kCall || kind == Kind::kCallIndirect;
}

/// `lock or dword ptr [rsp], 0`: a fence that changes nothing.
bool is_fence(const Instruction& instruction, std::span<const std::byte> text) {
  constexpr std::array<std::uint8_t, 5> kFence = {0xf0, 0x83, 0x0c, 0x24, 0x00};
  return instruction.size == kFence.size() &&
         std::memcmp(text.data() + instruction.offset, kFence.data(), kFence.size()) == 0;
}

void forget(Knowledge& state, std::size_t location) {
  const std::uint64_t mask = ~(std::uint64_t{1} << location);
  for (std::uint64_t others = state.equal[location] & mask; others != 0; others &= others - 1) {
    state.equal[static_cast<std::size_t>(std::countr_zero(others))] &= mask;
  }
  state.equal[location] = ~mask;
  state.values[location] = {};
}

/// `to` gets the lower 32 bits of `from`.
void make_equal(Knowledge& state, std::size_t to, std::size_t from) {
  const std::uint64_t members = state.equal[from] | std::uint64_t{1} << to;
  for (std::uint64_t left = members; left != 0; left &= left - 1) {
    state.equal[static_cast<std::size_t>(std::countr_zero(left))] = members;
  }
}

constexpr unsigned kPageLog2 = 16;

std::uint32_t page_behind(std::uint64_t largest) {
  const std::uint64_t pages = (largest >> kPageLog2) + 1;
  return pages < kUnbounded ? static_cast<std::uint32_t>(pages) : kUnbounded;
}

/// What the whole 64 bits of `value` are below, in units of 64 KiB.
std::uint32_t pages_of(const Value& value) {
  return value.is_zero_extended ? std::min(value.pages, page_behind(value.bound)) : value.pages;
}

/// Of a sum of values that are below `a` and `b`, which then does not wrap.
std::uint32_t sum_of_pages(std::uint32_t a, std::uint32_t b) {
  return a == kUnbounded || b == kUnbounded || a + std::uint64_t{b} >= kUnbounded ? kUnbounded
                                                                                  : a + b;
}

/// Of a register times `scale`; a register that is absent is 0.
std::uint32_t pages_of_register(const Knowledge& state, std::uint8_t number, std::uint32_t scale) {
  if (number >= kNumRegisters) return 0;
  const std::uint64_t pages = std::uint64_t{pages_of(state.values[number])} * scale;
  return pages < kUnbounded ? static_cast<std::uint32_t>(pages) : kUnbounded;
}

/// The lower 32 bits of `value`, zero-extended.
Value low_half(const Value& value) {
  Value low;
  low.tag = value.tag == Tag::kEntry || value.tag == Tag::kOffset ? Tag::kOffset : Tag::kNone;
  low.is_zero_extended = true;
  low.bound = value.bound;
  low.is_multiple_of_8 = value.is_multiple_of_8;
  return low;
}

Value shifted_left(const Value& value, unsigned count, bool is_wide) {
  Value result;
  const bool fits = (value.bound >> (32 - count)) == 0;
  result.is_zero_extended = !is_wide || (fits && value.is_zero_extended);
  result.bound = fits ? value.bound << count : kUnbounded;
  result.is_multiple_of_8 = count >= 3;
  return result;
}

bool is_stack(const Instruction& instruction) {
  return instruction.has_memory && instruction.segment == Segment::kNone &&
         instruction.base == kRsp;
}

/// Whether `into` knew more than both now know.
bool join(Knowledge& into, const Knowledge& from, std::size_t num_locations, bool widen) {
  bool changed = false;
  for (std::size_t i = 0; i < num_locations; ++i) {
    Value& value = into.values[i];
    const Value& other = from.values[i];
    if (!(value == other)) {
      Value both;
      if (value.width == other.width) {
        if (value.tag == other.tag && value.aux == other.aux) {
          both.tag = value.tag;
          both.aux = value.aux;
        }
        both.width = value.width;
        both.is_zero_extended = value.is_zero_extended && other.is_zero_extended;
        both.is_multiple_of_8 = value.is_multiple_of_8 && other.is_multiple_of_8;
        both.has_bit_in_byte = value.has_bit_in_byte && other.has_bit_in_byte;
        both.bound = std::max(value.bound, other.bound);
        if (widen && both.bound != value.bound) both.bound = kUnbounded;
        both.pages = std::max(pages_of(value), pages_of(other));
        if (widen && both.pages != value.pages) both.pages = kUnbounded;
        // An address into a jump table means nothing without its bound.
        if (both.bound == kUnbounded && (both.tag == Tag::kDelta || both.tag == Tag::kTarget)) {
          both.tag = Tag::kNone;
          both.aux = 0;
        }
      }
      changed = changed || !(both == value);
      value = both;
    }
    const std::uint64_t equal = into.equal[i] & from.equal[i];
    changed = changed || equal != into.equal[i];
    into.equal[i] = equal;
  }
  return changed;
}

}  // namespace

// --- the stack ------------------------------------------------------------------------------

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
  Frame& known = frames_[position];
  if (known.depth < 0) {
    known = frame;
    pending_.push_back(position);
    return true;
  }
  return known == frame || refuse(instructions_[position], "reached with different frames");
}

bool FunctionVerifier::branch_frame(const Instruction& instruction, const Frame& frame) {
  const auto position = static_cast<std::size_t>(&instruction - instructions_.data());
  if (targets_[position] != kNoIndex) return enter_frame(targets_[position], frame);
  return leave(instruction, frame);
}

bool FunctionVerifier::flow_frames() {
  frames_.assign(instructions_.size(), Frame{});
  frames_.front().depth = 0;
  pending_.assign(1, 0);
  while (!pending_.empty()) {
    std::size_t position = pending_.back();
    pending_.pop_back();
    Frame frame = frames_[position];
    while (true) {
      const Instruction& instruction = instructions_[position];
      if (!step_frame(instruction, frame)) return false;
      if ((instruction.kind == Kind::kJump || instruction.kind == Kind::kBranch) &&
          !branch_frame(instruction, frame)) {
        return false;
      }
      if (is_call(instruction.kind) && targets_[position] != kNoIndex &&
          !enter_frame(targets_[position], frame)) {
        return false;
      }
      if (!falls_through(instruction.kind)) break;
      if (++position == instructions_.size()) return refuse(instruction, "runs off its end");
      Frame& next = frames_[position];
      if (next.depth >= 0) {
        if (!(next == frame)) {
          return refuse(instructions_[position], "reached with different frames");
        }
        break;
      }
      next = frame;
    }
  }
  return true;
}

// --- values ---------------------------------------------------------------------------------

std::size_t FunctionVerifier::place(std::int64_t address, bool create) {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] == address) return kNumRegisters + i;
  }
  if (!create || places_.size() == kNumPlaces) return kNumLocations;
  places_.push_back(address);
  return kNumRegisters + places_.size() - 1;
}

void FunctionVerifier::forget_places(Knowledge& state, std::int64_t from, std::int64_t to) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] < to && places_[i] + 8 > from) forget(state, kNumRegisters + i);
  }
}

bool FunctionVerifier::enter(std::uint32_t position, const Knowledge& state) {
  if (known_at_[position] == kNoIndex) {
    known_at_[position] = static_cast<std::uint32_t>(known_.size());
    known_.push_back(state);
  } else {
    Knowledge& known = known_[known_at_[position]];
    if (!(known.frame == state.frame)) {
      return refuse(instructions_[position], "reached with different frames");
    }
    const bool widen = visits_[position] >= kMaxVisits;
    if (!join(known, state, kNumRegisters + places_.size(), widen)) return true;
    if (!widen) ++visits_[position];
  }
  pending_.push_back(position);
  std::ranges::push_heap(pending_, std::greater<>());
  return true;
}

bool FunctionVerifier::flow_knowledge() {
  frames_.assign(instructions_.size(), Frame{});
  known_at_.assign(instructions_.size(), kNoIndex);
  visits_.assign(instructions_.size(), 0);
  known_.clear();
  places_.clear();
  pending_.clear();
  Knowledge first;
  first.frame.depth = 0;
  for (std::size_t i = 0; i < kNumLocations; ++i)
    first.equal[i] = std::uint64_t{1} << i;
  is_target_.front() = 1;
  if (!enter(0, first)) return false;
  // Values can only be forgotten, so this ends soon; an object made to be slow is refused.
  std::uint64_t steps_left = 256 * std::uint64_t{instructions_.size()} + 4096;
  while (!pending_.empty()) {
    std::ranges::pop_heap(pending_, std::greater<>());
    std::uint32_t position = pending_.back();
    pending_.pop_back();
    if (!pending_.empty() && pending_.front() == position) continue;
    Knowledge state = known_[known_at_[position]];
    comparison_ = {};
    while (true) {
      const Instruction& instruction = instructions_[position];
      if (steps_left-- == 0) return refuse(instruction, "takes too long to follow");
      frames_[position] = state.frame;
      if (!step(instruction, state)) return false;
      if (!falls_through(instruction.kind)) break;
      if (++position == instructions_.size()) return refuse(instruction, "runs off its end");
      if (is_target_[position] != 0) {
        if (!enter(position, state)) return false;
        break;
      }
    }
  }
  return true;
}

bool FunctionVerifier::check_uses(const Instruction& instruction, const Knowledge& state) {
  if (instruction.kind == Kind::kCallIndirect && !instruction.has_memory) {
    return state.values[instruction.rm].tag == Tag::kCallee ||
           refuse(instruction, "calls what is no table entry's function");
  }
  if (!instruction.has_memory || instruction.kind == Kind::kNop ||
      instruction.kind == Kind::kTrap || instruction.kind == Kind::kLea) {
    return true;
  }
  if (instruction.kind == Kind::kCallIndirect && is_stack(instruction)) {
    const std::size_t at = place(std::int64_t{instruction.displacement} - state.frame.depth, false);
    return (at != kNumLocations && state.values[at].tag == Tag::kCallee &&
            state.values[at].width == 8) ||
           refuse(instruction, "calls what is no table entry's function");
  }
  const auto value_of = [&state](std::uint8_t number) -> const Value& {
    return state.values[number];
  };
  if (instruction.segment == Segment::kNone && instruction.base != kRip &&
      instruction.base != kRsp) {
    const Value& base = value_of(instruction.base);
    const Value& index = value_of(instruction.index);
    const bool ok = !instruction.is_store && base.tag == Tag::kRodata && index.is_zero_extended &&
                    index.bound != kUnbounded &&
                    std::uint64_t{base.aux} + instruction.memory_bytes +
                            std::uint64_t{instruction.scale} * index.bound <=
                        code_.rodata_offset + code_.rodata.size();
    return ok || refuse(instruction, "memory outside the cage");
  }
  const bool has_register = instruction.base != kNoRegister || instruction.index != kNoRegister;
  if (instruction.segment != Segment::kGs || instruction.has_address_prefix || !has_register) {
    return true;
  }
  if (instruction.displacement < 0) {
    const vmabi::TableRecord* table = table_at(instruction.displacement);
    if (table == nullptr || instruction.kind != Kind::kMov || instruction.width != 8 ||
        instruction.is_store) {
      return refuse(instruction, "memory below the cage");
    }
    const std::uint64_t num_entries =
        std::max<std::uint64_t>(std::bit_ceil(std::uint64_t{table->capacity}), 512);
    bool ok = false;
    if (instruction.base == kNoRegister && instruction.scale == 8) {
      const Value& index = value_of(instruction.index);
      ok = index.is_zero_extended && index.bound < num_entries;
    } else if (instruction.base == kNoRegister || instruction.index == kNoRegister) {
      const Value& offset =
          value_of(instruction.base == kNoRegister ? instruction.index : instruction.base);
      ok = offset.is_zero_extended && offset.is_multiple_of_8 && instruction.scale == 1 &&
           offset.bound <= 8 * (num_entries - 1);
    }
    return ok || refuse(instruction, "index of a table is not cut to its window");
  }
  // 8 GiB are reserved, and a guard behind them: a register and the largest displacement, or two
  // registers.
  const bool base_ok =
      instruction.base == kNoRegister || value_of(instruction.base).is_zero_extended;
  const bool index_ok = instruction.index == kNoRegister ||
                        (value_of(instruction.index).is_zero_extended && instruction.scale == 1);
  const bool both = instruction.base != kNoRegister && instruction.index != kNoRegister;
  return (base_ok && index_ok && (!both || instruction.displacement == 0)) ||
         is_inside_memories(instruction, state) ||
         refuse(instruction, "gs address is not proven to be inside the memories");
}

/// Whether the largest sum of base, index and displacement lies inside what is reserved.
bool FunctionVerifier::is_inside_memories(const Instruction& instruction,
                                          const Knowledge& state) const {
  const std::uint32_t sum =
      sum_of_pages(pages_of_register(state, instruction.base, 1),
                   pages_of_register(state, instruction.index, instruction.scale));
  if (sum == kUnbounded) return false;
  const std::uint64_t end = (std::uint64_t{sum} << kPageLog2) +
                            static_cast<std::uint64_t>(instruction.displacement) +
                            instruction.memory_bytes;
  return end <= code_.memory_span;
}

bool FunctionVerifier::jump_by_table(const Instruction& instruction, const Knowledge& state) {
  const Value& target = state.values[instruction.rm];
  if (target.tag == Tag::kCallee) {
    has_tail_jump_ = true;
    return leave(instruction, state.frame);
  }
  if (target.tag != Tag::kTarget) return refuse(instruction, "jumps to an unproven address");
  for (std::uint64_t i = 0; i <= target.bound; ++i) {
    const std::uint64_t at = target.aux - code_.rodata_offset + 4 * i;
    std::int32_t delta = 0;
    if (at + sizeof(delta) > code_.rodata.size()) {
      return refuse(instruction, "jump table outside .rodata");
    }
    std::memcpy(&delta, code_.rodata.data() + at, sizeof(delta));
    const std::uint32_t position = find(std::int64_t{target.aux} + delta);
    if (position == kNoIndex || is_target_[position] == 0) {
      return refuse(instruction, "jump table leads out of the function");
    }
    if (!enter(position, state)) return false;
  }
  return true;
}

/// What the lower 32 bits of what was compared are at most, on one way of the branch.
std::optional<std::uint32_t> FunctionVerifier::bound_of_branch(std::uint8_t condition,
                                                               bool taken) const {
  constexpr std::uint8_t kBelow = 2;
  constexpr std::uint8_t kEqual = 4;
  constexpr std::uint8_t kBelowOrEqual = 6;
  if (!comparison_.is_valid) return std::nullopt;
  const std::uint8_t holds = taken ? condition : condition ^ 1U;
  if (holds == kBelowOrEqual || holds == kEqual) return comparison_.with;
  if (holds == kBelow && comparison_.with != 0) return comparison_.with - 1;
  return std::nullopt;
}

void FunctionVerifier::constrain(Knowledge& state, std::uint32_t bound) const {
  for (std::uint64_t left = comparison_.locations; left != 0; left &= left - 1) {
    Value& value = state.values[static_cast<std::size_t>(std::countr_zero(left))];
    value.bound = std::min(value.bound, bound);
  }
}

bool FunctionVerifier::step(const Instruction& instruction, Knowledge& state) {
  if (!check_uses(instruction, state)) return false;
  const Frame before = state.frame;
  if (!step_frame(instruction, state.frame)) return false;
  switch (instruction.kind) {
    case Kind::kJumpIndirect:
      return jump_by_table(instruction, state);
    case Kind::kJump:
    case Kind::kBranch: {
      const auto position = static_cast<std::size_t>(&instruction - instructions_.data());
      if (targets_[position] == kNoIndex) {
        if (!leave(instruction, state.frame)) return false;
      } else if (instruction.kind == Kind::kJump) {
        return enter(targets_[position], state);
      } else if (const auto bound = bound_of_branch(instruction.condition, true)) {
        Knowledge taken = state;
        constrain(taken, *bound);
        if (!enter(targets_[position], taken)) return false;
      } else if (!enter(targets_[position], state)) {
        return false;
      }
      if (const auto bound = bound_of_branch(instruction.condition, false)) {
        constrain(state, *bound);
      }
      return true;
    }
    case Kind::kCall:
    case Kind::kCallIndirect:
      learn(instruction, state, before);
      return land(instruction, state);
    default:
      learn(instruction, state, before);
      return true;
  }
}

// An exception comes back with the frame of the call, and with the registers that a return gives
// back: `state` is what is known when the call returns.
bool FunctionVerifier::land(const Instruction& instruction, const Knowledge& state) {
  const auto position = static_cast<std::size_t>(&instruction - instructions_.data());
  return targets_[position] == kNoIndex || enter(targets_[position], state);
}

void FunctionVerifier::learn(const Instruction& instruction, Knowledge& state,
                             const Frame& before) {
  // What lies below the stack pointer may change at any time.
  if (state.frame.depth < before.depth) {
    forget_places(state, -std::int64_t{before.depth}, -std::int64_t{state.frame.depth});
  }
  const std::int64_t address = std::int64_t{instruction.displacement} - before.depth;
  const Value* spilled = nullptr;
  std::size_t sum_place = kNumLocations;
  if (instruction.kind == Kind::kAdd && instruction.width == 8 && is_stack(instruction) &&
      !instruction.has_immediate) {
    const std::size_t at = place(address, false);
    if (at != kNumLocations && state.values[at].width == 8) {
      if (!instruction.is_store) {
        spilled = &state.values[at];
      } else if (state.values[at].tag == Tag::kImage &&
                 state.values[instruction.reg].tag == Tag::kOffset) {
        sum_place = at;
      }
    }
  }
  if (is_stack(instruction) && instruction.is_store && instruction.kind != Kind::kMov) {
    forget_places(state, address, address + instruction.memory_bytes);
    comparison_ = {};
  }
  const bool is_register_target = !instruction.has_memory || !instruction.is_store;
  const std::size_t target = instruction.reg_is_destination ? instruction.reg : instruction.rm;
  Value& value = state.values[target < kNumRegisters ? target : 0];
  // Moves, calls, nops and the like leave the flags as they are.
  switch (instruction.kind) {
    case Kind::kNop:
    case Kind::kTrap:
      return;
    case Kind::kMov:
      learn_mov(instruction, state, address);
      return;
    case Kind::kLea:
      learn_lea(instruction, state);
      return;
    case Kind::kCompare:
      compare(instruction, state, address);
      return;
    case Kind::kPush:
      comparison_ = {};
      forget_places(state, -std::int64_t{state.frame.depth}, -std::int64_t{before.depth});
      return;
    case Kind::kPop:
      comparison_ = {};
      forget(state, instruction.reg);
      return;
    case Kind::kMovImmediate:
      if (!is_register_target) return;
      {
        const std::size_t reg = instruction.reg < kNumRegisters ? instruction.reg : instruction.rm;
        forget(state, reg);
        comparison_.locations &= state.equal[reg] ^ ~std::uint64_t{0};
        if (instruction.width < 4) return;
        const auto raw = static_cast<std::uint64_t>(instruction.immediate);
        if (instruction.width == 8) state.values[reg].pages = page_behind(raw);
        if (instruction.width == 8 && raw > kUnbounded) return;
        state.values[reg].is_zero_extended = true;
        state.values[reg].bound = static_cast<std::uint32_t>(raw);
      }
      return;
    case Kind::kMovZeroExtend: {
      const std::uint8_t source = instruction.rm;
      const std::uint32_t most = instruction.extends_byte ? 0xffU : 0xffffU;
      const std::uint32_t source_bound = source < kNumRegisters && !instruction.has_memory
                                             ? state.values[source].bound
                                             : kUnbounded;
      const bool is_bit = source < kNumRegisters && !instruction.has_memory &&
                          instruction.reads_lowest_byte && state.values[source].has_bit_in_byte;
      forget(state, instruction.reg);
      comparison_.locations &= ~state.equal[instruction.reg];
      if (instruction.width < 4) return;
      Value& result = state.values[instruction.reg];
      result.is_zero_extended = true;
      result.bound = is_bit ? 1 : std::min(source_bound, most);
      result.has_bit_in_byte = is_bit;
      return;
    }
    case Kind::kCall:
    case Kind::kCallIndirect:
      comparison_ = {};
      for (std::size_t i = 0; i < kNumRegisters; ++i) {
        if ((kCallerSaved >> i & 1) != 0) forget(state, i);
      }
      // setjmp may return a second time, when the frame's places hold something else.
      if (calls_setjmp_ && instruction.has_memory) {
        for (std::size_t i = kNumRegisters; i < kNumLocations; ++i)
          forget(state, i);
      }
      return;
    case Kind::kSetByte: {
      Value result;
      result.has_bit_in_byte = true;
      if (state.values[instruction.rm].is_zero_extended &&
          state.values[instruction.rm].bound < 256) {
        result.is_zero_extended = true;
        result.bound = 1;
      }
      forget(state, instruction.rm);
      comparison_.locations &= ~state.equal[instruction.rm];
      state.values[instruction.rm] = result;
      return;
    }
    case Kind::kMovSignExtend: {
      Value result;
      if (instruction.has_memory && instruction.segment == Segment::kNone &&
          instruction.width == 8 && instruction.scale == 4 && instruction.base < kNumRegisters &&
          instruction.base != kRsp) {
        result.tag = Tag::kDelta;  // check_uses has seen base and index
        result.aux = state.values[instruction.base].aux;
        result.bound = state.values[instruction.index].bound;
      }
      forget(state, instruction.reg);
      comparison_.locations &= ~state.equal[instruction.reg];
      state.values[instruction.reg] = result;
      return;
    }
    default:
      break;
  }
  comparison_ = {};
  Value result;
  if (sum_place != kNumLocations) {
    state.values[sum_place].tag = Tag::kCallee;
    state.values[sum_place].width = 8;
    return;
  }
  if (is_register_target && target < kNumRegisters && instruction.width >= 4) {
    const bool is_wide = instruction.width == 8;
    const std::size_t other = instruction.reg_is_destination ? instruction.rm : instruction.reg;
    const Value* operand =
        !instruction.has_memory && !instruction.has_immediate && other < kNumRegisters
            ? &state.values[other]
            : spilled;
    const auto raw = static_cast<std::uint64_t>(instruction.immediate);
    switch (instruction.kind) {
      case Kind::kAdd:
        result.is_zero_extended = !is_wide;
        if (is_wide && instruction.has_immediate && instruction.immediate >= 0) {
          result.pages = sum_of_pages(pages_of(value), page_behind(raw));
        }
        if (!is_wide || operand == nullptr) break;
        result.pages = sum_of_pages(pages_of(value), pages_of(*operand));
        for (const auto& [a, b] : {std::pair(value, *operand), std::pair(*operand, value)}) {
          if (a.tag == Tag::kImage && b.tag == Tag::kOffset) result.tag = Tag::kCallee;
          if (a.tag == Tag::kRodata && b.tag == Tag::kDelta && a.aux == b.aux) {
            result = b;
            result.tag = Tag::kTarget;
          }
        }
        break;
      case Kind::kArithmetic:
        // A rotation by nothing may leave the register as it is.
        result.is_zero_extended = !is_wide && !(instruction.has_immediate && raw == 0);
        break;
      case Kind::kSub:
        result.is_zero_extended = !is_wide;
        break;
      case Kind::kClear:
        result.is_zero_extended = true;
        result.is_multiple_of_8 = true;
        result.bound = 0;
        break;
      case Kind::kAnd:
        result.is_zero_extended = !is_wide || value.is_zero_extended;
        result.bound = value.bound;
        result.pages = pages_of(value);
        if (operand != nullptr) result.pages = std::min(result.pages, pages_of(*operand));
        if (instruction.has_immediate && !(is_wide && instruction.immediate < 0)) {
          result.is_zero_extended = true;
          result.bound = std::min(result.bound, static_cast<std::uint32_t>(raw));
          result.is_multiple_of_8 = value.is_multiple_of_8 || raw % 8 == 0;
        } else if (operand != nullptr) {
          result.is_zero_extended = result.is_zero_extended || operand->is_zero_extended;
          result.bound = std::min(result.bound, operand->bound);
        }
        break;
      case Kind::kShiftRight: {
        const unsigned count = static_cast<unsigned>(raw) & (is_wide ? 63U : 31U);
        if (count == 0) break;
        if (!is_wide || value.is_zero_extended) {
          result.is_zero_extended = true;
          result.bound = count < 32 ? value.bound >> count : 0;
        } else if (count >= 32) {
          result.is_zero_extended = true;
          result.bound = kUnbounded >> (count - 32);
        }
        break;
      }
      case Kind::kShiftLeft: {
        const unsigned count = static_cast<unsigned>(raw) & (is_wide ? 63U : 31U);
        if (count == 0 || count >= 32) break;
        result = shifted_left(value, count, is_wide);
        break;
      }
      default:
        break;
    }
  }
  for (std::uint16_t left = instruction.writes; left != 0; left &= left - 1) {
    forget(state, static_cast<std::size_t>(std::countr_zero(left)));
  }
  if (is_register_target && target < kNumRegisters && (instruction.writes >> target & 1) != 0 &&
      instruction.kind != Kind::kPlain) {
    state.values[target] = result;
  }
}

void FunctionVerifier::learn_mov(const Instruction& instruction, Knowledge& state,
                                 std::int64_t address) {
  const bool on_stack = is_stack(instruction);
  if (instruction.is_store) {
    if (!on_stack) return;
    const Value source = state.values[instruction.reg];
    // Locations that the comparison was about may be overwritten.
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i] < address + instruction.memory_bytes && places_[i] + 8 > address) {
        comparison_.locations &= ~(std::uint64_t{1} << (kNumRegisters + i));
      }
    }
    forget_places(state, address, address + instruction.memory_bytes);
    const bool is_worth_it = source.tag != Tag::kNone || source.is_zero_extended ||
                             source.bound != kUnbounded || source.pages != kUnbounded;
    if (instruction.width < 4 || !is_worth_it) return;
    const std::size_t at = place(
        address, source.tag != Tag::kNone || source.bound != kUnbounded || !code_.is_lind_program);
    if (at == kNumLocations) return;
    make_equal(state, at, instruction.reg);
    state.values[at] = instruction.width == 8 ? source : low_half(source);
    state.values[at].width = instruction.width;
    return;
  }
  const std::size_t to = instruction.reg_is_destination ? instruction.reg : instruction.rm;
  std::size_t from = kNumLocations;
  Value result;
  if (!instruction.has_memory) {
    from = instruction.reg_is_destination ? instruction.rm : instruction.reg;
    result = state.values[from];
    if (instruction.width == 4) result = low_half(result);
  } else {
    result.is_zero_extended = instruction.width == 4;
    if (on_stack) {
      const std::size_t at = place(address, false);
      if (at != kNumLocations && state.values[at].width >= instruction.width) {
        from = at;
        result = instruction.width == 8 ? state.values[at] : low_half(state.values[at]);
      }
    } else if (instruction.segment == Segment::kGs && !instruction.has_address_prefix &&
               instruction.displacement < 0 && instruction.width == 8 &&
               (instruction.index != kNoRegister || instruction.base != kNoRegister ||
                reads_table_constant(instruction))) {
      result.tag = Tag::kEntry;
    }
  }
  result.width = 0;
  if (instruction.width < 4) {
    result = {};
    from = kNumLocations;
  }
  if (from == to) {
    state.values[to] = result;
    return;
  }
  forget(state, to);
  comparison_.locations &= ~(std::uint64_t{1} << to);
  state.values[to] = result;
  if (from != kNumLocations) {
    if ((comparison_.locations >> from & 1) != 0) comparison_.locations |= std::uint64_t{1} << to;
    make_equal(state, to, from);
  }
}

void FunctionVerifier::learn_lea(const Instruction& instruction, Knowledge& state) {
  if (instruction.reg == kRsp) return;
  Value result;
  if (instruction.base == kRip) {
    const std::int64_t at =
        std::int64_t{instruction.offset} + instruction.size + instruction.displacement;
    result.tag = at == 0 ? Tag::kImage : Tag::kRodata;
    result.aux = static_cast<std::uint32_t>(at);
  } else if (instruction.base == kNoRegister && instruction.index < kNumRegisters &&
             instruction.displacement == 0 && instruction.width >= 4 && instruction.scale > 1) {
    result = shifted_left(state.values[instruction.index],
                          static_cast<unsigned>(std::countr_zero(instruction.scale)),
                          instruction.width == 8);
  } else if (instruction.width == 4) {
    result.is_zero_extended = true;
  } else if (instruction.base < kNumRegisters && instruction.index < kNumRegisters &&
             instruction.scale == 1 && instruction.displacement == 0 && instruction.width == 8) {
    const Value& a = state.values[instruction.base];
    const Value& b = state.values[instruction.index];
    if ((a.tag == Tag::kImage && b.tag == Tag::kOffset) ||
        (b.tag == Tag::kImage && a.tag == Tag::kOffset)) {
      result.tag = Tag::kCallee;
    }
  }
  if (instruction.width == 8 && instruction.base != kRip && instruction.base != kRsp &&
      instruction.displacement >= 0) {
    result.pages =
        sum_of_pages(sum_of_pages(pages_of_register(state, instruction.base, 1),
                                  pages_of_register(state, instruction.index, instruction.scale)),
                     instruction.displacement == 0
                         ? 0
                         : page_behind(static_cast<std::uint64_t>(instruction.displacement)));
  }
  forget(state, instruction.reg);
  comparison_.locations &= ~(std::uint64_t{1} << instruction.reg);
  state.values[instruction.reg] = result;
}

void FunctionVerifier::compare(const Instruction& instruction, const Knowledge& state,
                               std::int64_t address) {
  comparison_ = {};
  if (!instruction.has_immediate || instruction.width < 4) return;
  std::size_t location = instruction.rm != kNoRegister ? instruction.rm : instruction.reg;
  if (instruction.has_memory) {
    location = kNumLocations;
    if (!is_stack(instruction)) return;
    location = place(address, false);
    if (location == kNumLocations || state.values[location].width < instruction.width) return;
  }
  if (location >= kNumLocations) return;
  // With 64 bits, what is above the lower 32 must be zero on both sides.
  if (instruction.width == 8 &&
      (instruction.immediate < 0 || !state.values[location].is_zero_extended)) {
    return;
  }
  comparison_.is_valid = true;
  comparison_.locations = state.equal[location];
  comparison_.with = static_cast<std::uint32_t>(instruction.immediate);
}

}  // namespace lind::verify
