// TCB.  What must hold along all paths through a function of values: where addresses of calls,
// jumps and table entries come from.

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
constexpr Locations kAllRegisters = 0xffff;
constexpr Locations kAllPlaces = ~kAllRegisters;
constexpr Locations kCallerSaved = kAllRegisters & ~(Locations{kCalleeSaved} | location(kRsp));

/// Of a sum of values that are below `a` and `b`, which then does not wrap.
std::uint32_t sum_of_pages(std::uint32_t a, std::uint32_t b) {
  return a == kUnbounded || b == kUnbounded || a + std::uint64_t{b} >= kUnbounded ? kUnbounded
                                                                                  : a + b;
}

/// Of a register times `scale`; a register that is absent is 0.
std::uint32_t pages_of_register(const Knowledge& state, std::uint8_t number, std::uint32_t scale) {
  if (number >= kNumRegisters) return 0;
  const std::uint64_t pages = std::uint64_t{pages_of(state.at(number))} * scale;
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

/// Of kAdd: `value` is what the target was, `operand` what is added, if something is known of it.
Value sum(const Instruction& instruction, const Value& value, const Value* operand) {
  Value result;
  if (instruction.width != 8) {
    result.is_zero_extended = true;
    return result;
  }
  if (instruction.has_immediate && instruction.immediate >= 0) {
    result.pages = sum_of_pages(pages_of(value),
                                page_behind(static_cast<std::uint64_t>(instruction.immediate)));
  }
  if (operand == nullptr) return result;
  result.pages = sum_of_pages(pages_of(value), pages_of(*operand));
  for (const auto& [a, b] : {std::pair(&value, operand), std::pair(operand, &value)}) {
    if (a->tag == Tag::kImage && b->tag == Tag::kOffset) result.tag = Tag::kCallee;
    if (a->tag == Tag::kRodata && b->tag == Tag::kDelta && a->aux == b->aux) {
      result = *b;
      result.tag = Tag::kTarget;
    }
  }
  return result;
}

/// Of kAnd, as sum().
Value conjunction(const Instruction& instruction, const Value& value, const Value* operand) {
  const bool is_wide = instruction.width == 8;
  const auto raw = static_cast<std::uint64_t>(instruction.immediate);
  Value result;
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
  return result;
}

}  // namespace

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
    if (places_[i] < to && places_[i] + 8 > from) state.forget(kNumRegisters + i);
  }
}

bool FunctionVerifier::enter(std::uint32_t position, const Knowledge& state) {
  Step& step = steps_[position];
  if (step.known_at == kNoIndex) {
    step.known_at = points_.add(state);
  } else {
    if (!(points_.frame(step.known_at) == state.frame)) {
      return refuse(step, "reached with different frames");
    }
    if (!points_.join(step.known_at, state)) return true;
  }
  pending_.push_back(position);
  std::ranges::push_heap(pending_, std::greater<>());
  return true;
}

// As enter(), with what a comparison tells on this way alone.
bool FunctionVerifier::enter_bounded(std::uint32_t position, Knowledge& state,
                                     std::uint32_t bound) {
  std::size_t count = 0;
  for_each(comparison_.locations, [&](std::size_t i) { compared_[count++] = state.at(i); });
  state.constrain(comparison_.locations, bound);
  const bool ok = enter(position, state);
  count = 0;
  for_each(comparison_.locations, [&](std::size_t i) { state.set(i, compared_[count++]); });
  return ok;
}

bool FunctionVerifier::flow_knowledge() {
  points_.clear();
  places_.clear();
  pending_.clear();
  Knowledge state;
  state.frame.depth = 0;
  steps_.front().marks |= kIsTarget;
  if (!enter(0, state)) return false;
  // Values can only be forgotten, so this ends soon; an object made to be slow is refused.
  std::uint64_t steps_left = 256 * std::uint64_t{steps_.size()} + 4096;
  while (!pending_.empty()) {
    std::ranges::pop_heap(pending_, std::greater<>());
    std::uint32_t position = pending_.back();
    pending_.pop_back();
    if (!pending_.empty() && pending_.front() == position) continue;
    points_.load(steps_[position].known_at, state);
    comparison_ = {};
    while (true) {
      Step& step = steps_[position];
      if (steps_left-- == 0) return refuse(step, "takes too long to follow");
      step.frame = state.frame;
      if (!follow(step, state)) return false;
      if (!falls_through(step.kind)) break;
      if (++position == steps_.size()) return refuse(step, "runs off its end");
      if ((steps_[position].marks & kIsTarget) != 0) {
        if (!enter(position, state)) return false;
        break;
      }
    }
  }
  return true;
}

bool FunctionVerifier::check_uses(const Instruction& instruction, const Knowledge& state) {
  if (instruction.kind == Kind::kCallIndirect && !instruction.has_memory) {
    return state.at(instruction.rm).tag == Tag::kCallee ||
           refuse(instruction, "calls what is no table entry's function");
  }
  if (!instruction.has_memory || instruction.kind == Kind::kNop ||
      instruction.kind == Kind::kTrap || instruction.kind == Kind::kLea) {
    return true;
  }
  if (instruction.kind == Kind::kCallIndirect && is_stack(instruction)) {
    const std::size_t at = place(std::int64_t{instruction.displacement} - state.frame.depth, false);
    return (at != kNumLocations && state.at(at).tag == Tag::kCallee && state.at(at).width == 8) ||
           refuse(instruction, "calls what is no table entry's function");
  }
  const auto value_of = [&state](std::uint8_t number) -> const Value& { return state.at(number); };
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
  const Value& target = state.at(instruction.rm);
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
    if (position == kNoIndex || (steps_[position].marks & kIsTarget) == 0) {
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

bool FunctionVerifier::follow(const Step& instruction, Knowledge& state) {
  if ((instruction.marks & kUsesValues) != 0 && !check_uses(instruction, state)) return false;
  const std::int32_t depth = state.frame.depth;
  if ((instruction.marks & kConcernsFrame) != 0 && !step_frame(instruction, state.frame)) {
    return false;
  }
  switch (instruction.kind) {
    case Kind::kJumpIndirect:
      return jump_by_table(instruction, state);
    case Kind::kJump:
    case Kind::kBranch:
      return branch(instruction, state);
    case Kind::kCall:
    case Kind::kCallIndirect:
      learn(instruction, state, depth);
      return land(instruction, state);
    default:
      learn(instruction, state, depth);
      return true;
  }
}

bool FunctionVerifier::branch(const Step& instruction, Knowledge& state) {
  const std::uint32_t target = instruction.target;
  if (target == kNoIndex) {
    if (!leave(instruction, state.frame)) return false;
  } else if (instruction.kind == Kind::kJump) {
    return enter(target, state);
  } else if (const auto bound = bound_of_branch(instruction.condition, true)) {
    if (!enter_bounded(target, state, *bound)) return false;
  } else if (!enter(target, state)) {
    return false;
  }
  if (const auto bound = bound_of_branch(instruction.condition, false)) {
    state.constrain(comparison_.locations, *bound);
  }
  return true;
}

// An exception comes back with the frame of the call, and with the registers that a return gives
// back: `state` is what is known when the call returns.
bool FunctionVerifier::land(const Step& instruction, const Knowledge& state) {
  return instruction.target == kNoIndex || enter(instruction.target, state);
}

void FunctionVerifier::learn(const Instruction& instruction, Knowledge& state, std::int32_t depth) {
  // What lies below the stack pointer may change at any time.
  if (state.frame.depth < depth) {
    forget_places(state, -std::int64_t{depth}, -std::int64_t{state.frame.depth});
  }
  const std::int64_t address = std::int64_t{instruction.displacement} - depth;
  // Moves, calls, nops and the like leave the flags as they are.
  switch (instruction.kind) {
    case Kind::kNop:
    case Kind::kTrap:
      return;
    case Kind::kMov:
      return learn_mov(instruction, state, address);
    case Kind::kLea:
      return learn_lea(instruction, state);
    case Kind::kCompare:
      return compare(instruction, state, address);
    case Kind::kPush:
      comparison_ = {};
      return forget_places(state, -std::int64_t{state.frame.depth}, -std::int64_t{depth});
    case Kind::kPop:
      comparison_ = {};
      return state.forget(instruction.reg);
    case Kind::kCall:
    case Kind::kCallIndirect:
      comparison_ = {};
      state.forget_all(kCallerSaved);
      // setjmp may return a second time, when the frame's places hold something else.
      if (calls_setjmp_ && instruction.has_memory) state.forget_all(kAllPlaces);
      return;
    default:
      break;
  }
  if (instruction.is_store && is_stack(instruction)) {
    learn_store(instruction, state, address);
    return;
  }
  switch (instruction.kind) {
    case Kind::kMovImmediate:
      return learn_immediate(instruction, state);
    case Kind::kMovZeroExtend:
      return learn_zero_extend(instruction, state);
    case Kind::kMovSignExtend:
      return learn_sign_extend(instruction, state);
    case Kind::kSetByte:
      return learn_bit(instruction, state);
    default:
      return learn_arithmetic(instruction, state, address);
  }
}

void FunctionVerifier::learn_result(Knowledge& state, std::size_t target, const Value& value) {
  state.forget(target);
  comparison_.locations &= ~location(target);
  state.set(target, value);
}

/// Of what is not kMov.
void FunctionVerifier::learn_store(const Instruction& instruction, Knowledge& state,
                                   std::int64_t address) {
  const std::size_t at = place(address, false);
  const bool is_callee = instruction.kind == Kind::kAdd && instruction.width == 8 &&
                         !instruction.has_immediate && at != kNumLocations &&
                         state.at(at).width == 8 && state.at(at).tag == Tag::kImage &&
                         state.at(instruction.reg).tag == Tag::kOffset;
  comparison_ = {};
  forget_places(state, address, address + instruction.memory_bytes);
  state.forget_all(instruction.writes);
  if (!is_callee) return;
  Value callee;
  callee.tag = Tag::kCallee;
  callee.width = 8;
  state.set(at, callee);
}

void FunctionVerifier::learn_immediate(const Instruction& instruction, Knowledge& state) {
  if (instruction.is_store) return;
  const std::size_t reg = instruction.reg < kNumRegisters ? instruction.reg : instruction.rm;
  Value result;
  const auto raw = static_cast<std::uint64_t>(instruction.immediate);
  if (instruction.width == 8) result.pages = page_behind(raw);
  if (instruction.width >= 4 && (instruction.width == 4 || raw <= kUnbounded)) {
    result.pages = kUnbounded;
    result.is_zero_extended = true;
    result.bound = static_cast<std::uint32_t>(raw);
  }
  learn_result(state, reg, result);
}

void FunctionVerifier::learn_zero_extend(const Instruction& instruction, Knowledge& state) {
  Value result;
  if (instruction.width >= 4) {
    result.is_zero_extended = true;
    result.bound = instruction.extends_byte ? 0xffU : 0xffffU;
    if (!instruction.has_memory && instruction.rm < kNumRegisters) {
      const Value& source = state.at(instruction.rm);
      result.has_bit_in_byte = instruction.reads_lowest_byte && source.has_bit_in_byte;
      result.bound = result.has_bit_in_byte ? 1 : std::min(source.bound, result.bound);
    }
  }
  learn_result(state, instruction.reg, result);
}

void FunctionVerifier::learn_sign_extend(const Instruction& instruction, Knowledge& state) {
  Value result;
  if (instruction.has_memory && instruction.segment == Segment::kNone && instruction.width == 8 &&
      instruction.scale == 4 && instruction.base < kNumRegisters && instruction.base != kRsp) {
    result.tag = Tag::kDelta;  // check_uses has seen base and index
    result.aux = state.at(instruction.base).aux;
    result.bound = state.at(instruction.index).bound;
  }
  learn_result(state, instruction.reg, result);
}

void FunctionVerifier::learn_bit(const Instruction& instruction, Knowledge& state) {
  const Value& before = state.at(instruction.rm);
  Value result;
  result.has_bit_in_byte = true;
  if (before.is_zero_extended && before.bound < 256) {
    result.is_zero_extended = true;
    result.bound = 1;
  }
  learn_result(state, instruction.rm, result);
}

void FunctionVerifier::learn_arithmetic(const Instruction& instruction, Knowledge& state,
                                        std::int64_t address) {
  comparison_ = {};
  const std::size_t target = instruction.reg_is_destination ? instruction.reg : instruction.rm;
  const bool has_result = instruction.kind != Kind::kPlain && !instruction.is_store &&
                          instruction.width >= 4 && target < kNumRegisters &&
                          (instruction.writes >> target & 1) != 0;
  const Value result = has_result ? result_of(instruction, state, address) : Value{};
  state.forget_all(instruction.writes);
  if (has_result) state.set(target, result);
}

/// The second operand where something may be known of it.
const Value* FunctionVerifier::operand_of(const Instruction& instruction, const Knowledge& state,
                                          std::int64_t address) {
  if (instruction.has_immediate) return nullptr;
  if (!instruction.has_memory) {
    const std::size_t other = instruction.reg_is_destination ? instruction.rm : instruction.reg;
    return other < kNumRegisters ? &state.at(other) : nullptr;
  }
  if (instruction.kind != Kind::kAdd || instruction.width != 8 || !is_stack(instruction)) {
    return nullptr;
  }
  const std::size_t at = place(address, false);
  return at != kNumLocations && state.at(at).width == 8 ? &state.at(at) : nullptr;
}

Value FunctionVerifier::result_of(const Instruction& instruction, const Knowledge& state,
                                  std::int64_t address) {
  const Value& value = state.at(instruction.reg_is_destination ? instruction.reg : instruction.rm);
  const Value* operand = operand_of(instruction, state, address);
  const bool is_wide = instruction.width == 8;
  const auto raw = static_cast<std::uint64_t>(instruction.immediate);
  const unsigned count = static_cast<unsigned>(raw) & (is_wide ? 63U : 31U);
  Value result;
  switch (instruction.kind) {
    case Kind::kAdd:
      return sum(instruction, value, operand);
    case Kind::kArithmetic:
      // A rotation by nothing may leave the register as it is.
      result.is_zero_extended = !is_wide && !(instruction.has_immediate && raw == 0);
      return result;
    case Kind::kSub:
      result.is_zero_extended = !is_wide;
      return result;
    case Kind::kClear:
      result.is_zero_extended = true;
      result.is_multiple_of_8 = true;
      result.bound = 0;
      return result;
    case Kind::kAnd:
      return conjunction(instruction, value, operand);
    case Kind::kShiftRight:
      if (count == 0) return result;
      if (!is_wide || value.is_zero_extended) {
        result.is_zero_extended = true;
        result.bound = count < 32 ? value.bound >> count : 0;
      } else if (count >= 32) {
        result.is_zero_extended = true;
        result.bound = kUnbounded >> (count - 32);
      }
      return result;
    case Kind::kShiftLeft:
      return count == 0 || count >= 32 ? result : shifted_left(value, count, is_wide);
    default:
      return result;
  }
}

void FunctionVerifier::learn_mov(const Instruction& instruction, Knowledge& state,
                                 std::int64_t address) {
  const bool on_stack = is_stack(instruction);
  if (instruction.is_store) {
    if (!on_stack) return;
    const Value& source = state.at(instruction.reg);
    // Locations that the comparison was about may be overwritten.
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i] < address + instruction.memory_bytes && places_[i] + 8 > address) {
        comparison_.locations &= ~location(kNumRegisters + i);
      }
    }
    forget_places(state, address, address + instruction.memory_bytes);
    const bool is_worth_it = source.tag != Tag::kNone || source.is_zero_extended ||
                             source.bound != kUnbounded || source.pages != kUnbounded;
    if (instruction.width < 4 || !is_worth_it) return;
    const std::size_t at = place(
        address, source.tag != Tag::kNone || source.bound != kUnbounded || !code_.is_lind_program);
    if (at == kNumLocations) return;
    state.make_equal(at, instruction.reg);
    Value stored = instruction.width == 8 ? source : low_half(source);
    stored.width = instruction.width;
    state.set(at, stored);
    return;
  }
  const std::size_t to = instruction.reg_is_destination ? instruction.reg : instruction.rm;
  std::size_t from = kNumLocations;
  Value result;
  if (!instruction.has_memory) {
    from = instruction.reg_is_destination ? instruction.rm : instruction.reg;
    result = state.at(from);
    if (instruction.width == 4) result = low_half(result);
  } else {
    result.is_zero_extended = instruction.width == 4;
    if (on_stack) {
      const std::size_t at = place(address, false);
      if (at != kNumLocations && state.at(at).width >= instruction.width) {
        from = at;
        result = instruction.width == 8 ? state.at(at) : low_half(state.at(at));
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
    state.set(to, result);
    return;
  }
  learn_result(state, to, result);
  if (from != kNumLocations) {
    if ((comparison_.locations & location(from)) != 0) comparison_.locations |= location(to);
    state.make_equal(to, from);
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
    result = shifted_left(state.at(instruction.index),
                          static_cast<unsigned>(std::countr_zero(instruction.scale)),
                          instruction.width == 8);
  } else if (instruction.width == 4) {
    result.is_zero_extended = true;
  } else if (instruction.base < kNumRegisters && instruction.index < kNumRegisters &&
             instruction.scale == 1 && instruction.displacement == 0 && instruction.width == 8) {
    const Value& a = state.at(instruction.base);
    const Value& b = state.at(instruction.index);
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
  learn_result(state, instruction.reg, result);
}

void FunctionVerifier::compare(const Instruction& instruction, const Knowledge& state,
                               std::int64_t address) {
  comparison_ = {};
  if (!instruction.has_immediate || instruction.width < 4) return;
  std::size_t compared = instruction.rm != kNoRegister ? instruction.rm : instruction.reg;
  if (instruction.has_memory) {
    compared = kNumLocations;
    if (!is_stack(instruction)) return;
    compared = place(address, false);
    if (compared == kNumLocations || state.at(compared).width < instruction.width) return;
  }
  if (compared >= kNumLocations) return;
  // With 64 bits, what is above the lower 32 must be zero on both sides.
  if (instruction.width == 8 &&
      (instruction.immediate < 0 || !state.at(compared).is_zero_extended)) {
    return;
  }
  comparison_.is_valid = true;
  comparison_.locations = state.equal(compared);
  comparison_.with = static_cast<std::uint32_t>(instruction.immediate);
}

}  // namespace lind::verify
