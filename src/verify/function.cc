// TCB.  What can be said of an instruction alone, and of records and their instructions.

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "base/units.h"
#include "verify/function_internal.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"

// A rule is about a few kinds of instructions; `default:` is the refusal or the loss of knowledge.
#pragma GCC diagnostic ignored "-Wswitch-enum"

namespace lind::verify {
namespace {

constexpr std::uint32_t kNoIndex = vmabi::kNoIndex;

bool inside(std::int64_t at, std::int64_t size, std::int64_t start, std::int64_t length) {
  return at >= start && at <= start + length && size <= start + length - at;
}

/// In the order in which they are pushed, and their bit in FunctionRecord::saved_regs.
struct Saved {
  std::uint8_t number;
  std::uint32_t bit;
};
constexpr std::array<Saved, 6> kSaved = {{{5, 2}, {15, 32}, {14, 16}, {13, 8}, {12, 4}, {3, 1}}};

}  // namespace

FunctionVerifier::FunctionVerifier(const Code& code)
    : code_(code),
      starts_(code.text.size() / 64 + 1),
      // Every jump table is read once for each instruction that names it.
      table_entries_left_(4 * (code.rodata.size() + code.text.size())) {}

void FunctionVerifier::add_start(std::uint32_t start) {
  starts_[start / 64] |= std::uint64_t{1} << (start % 64);
}

bool FunctionVerifier::is_start(std::int64_t offset) const noexcept {
  if (offset < 0 || offset >= static_cast<std::int64_t>(code_.text.size())) return false;
  const auto at = static_cast<std::size_t>(offset);
  return ((starts_[at / 64] >> (at % 64)) & 1) != 0;
}

std::uint32_t FunctionVerifier::find(std::int64_t offset) const noexcept {
  if (offset < start_ || offset >= end_) return kNoIndex;
  const std::uint32_t position = position_of_[static_cast<std::size_t>(offset) - start_];
  return position < steps_.size() && steps_[position].offset == offset ? position : kNoIndex;
}

bool FunctionVerifier::refuse(const Instruction& instruction, const char* reason) {
  refusal_ = {start_, instruction.offset, reason};
  return false;
}

std::optional<Refusal> FunctionVerifier::verify(std::uint32_t start, std::uint32_t end,
                                                const vmabi::FunctionRecord* record) {
  start_ = start;
  end_ = end;
  record_ = record;
  needs_knowledge_ = calls_setjmp_ = has_tail_jump_ = false;
  find_records();
  const bool ok = scan() && mark_tables() &&
                  (needs_knowledge_ ? flow_knowledge() : flow_frames()) && check_calls() &&
                  check_setjmp();
  if (ok) return std::nullopt;
  return refusal_;
}

// A call at the function's end returns to where the next one begins.
void FunctionVerifier::find_records() {
  const auto cut = [](auto all, std::uint32_t from, std::uint32_t to, auto offset_of) {
    const auto first = std::ranges::lower_bound(all, from, {}, offset_of);
    const auto last = std::ranges::lower_bound(first, all.end(), to, {}, offset_of);
    return all.subspan(static_cast<std::size_t>(first - all.begin()),
                       static_cast<std::size_t>(last - first));
  };
  call_sites_ = cut(code_.call_sites, start_ + 1, end_ + 1, &vmabi::CallSiteRecord::return_offset);
  traps_ = cut(code_.traps, start_, end_, &vmabi::TrapRecord::offset);
  fs_sites_ = cut(code_.fs_sites, start_, end_, std::identity{});
}

bool FunctionVerifier::all_records_used() const noexcept {
  return call_sites_.empty() && traps_.empty() && fs_sites_.empty();
}

std::uint8_t FunctionVerifier::marks_of(const Instruction& instruction) {
  const Kind kind = instruction.kind;
  const bool in_frame = is_stack(instruction);
  const bool concerns_frame = in_frame || kind == Kind::kPush || kind == Kind::kPop ||
                              kind == Kind::kReturn || kind == Kind::kBreak ||
                              instruction.reg == kRsp || instruction.rm == kRsp ||
                              (instruction.writes & (kCalleeSaved | 1U << kRsp)) != 0;
  const bool has_register = instruction.base != kNoRegister || instruction.index != kNoRegister;
  const bool by_value = instruction.segment == Segment::kNone
                            ? instruction.base != kRip && !in_frame
                            : has_register && !instruction.has_address_prefix;
  const bool uses_values =
      kind == Kind::kCallIndirect || (instruction.has_memory && by_value && kind != Kind::kLea);
  return static_cast<std::uint8_t>((concerns_frame ? kConcernsFrame : 0U) |
                                   (uses_values ? kUsesValues : 0U));
}

bool FunctionVerifier::decode_all() {
  std::size_t count = 0;
  for (std::uint32_t at = start_; at < end_;) {
    if (count == step_storage_.size()) step_storage_.resize(std::max<std::size_t>(256, 2 * count));
    Step& step = step_storage_[count];
    if (!decode(code_.text.first(end_), at, step)) {
      return refuse(step, "not an allowed instruction");
    }
    step.frame = {};
    step.target = step.known_at = kNoIndex;
    step.marks = marks_of(step);
    position_of_[at - start_] = static_cast<std::uint32_t>(count++);
    at += step.size;
  }
  steps_ = std::span(step_storage_).first(count);
  return true;
}

bool FunctionVerifier::scan() {
  steps_ = {};
  jump_tables_.clear();
  calls_.clear();
  if (position_of_.size() < end_ - start_) position_of_.resize(end_ - start_);
  if (!decode_all()) return false;
  for (Step& step : steps_) {
    if (!scan_one(step)) return false;
  }
  return all_records_used() || refuse(steps_.front(), "a record names no instruction of its kind");
}

bool FunctionVerifier::scan_one(Step& instruction) {
  switch (instruction.kind) {
    case Kind::kJump:
    case Kind::kBranch:
      return scan_jump(instruction);
    case Kind::kCall:
      return scan_call(instruction) && scan_jump(instruction);
    case Kind::kCallIndirect:
    case Kind::kJumpIndirect:
      if (instruction.kind == Kind::kCallIndirect && !scan_call(instruction)) return false;
      if (!instruction.has_memory) {
        needs_knowledge_ = true;
        return true;
      }
      if (instruction.kind == Kind::kCallIndirect && instruction.segment == Segment::kFs) {
        return scan_fs(instruction);
      }
      if (instruction.kind == Kind::kCallIndirect && instruction.segment == Segment::kNone &&
          instruction.base == kRsp && instruction.index == kNoRegister &&
          !instruction.has_address_prefix) {
        needs_knowledge_ = true;
        return true;
      }
      return refuse(instruction, "jumps to an address from memory");
    case Kind::kTrap:
      return scan_trap(instruction);
    case Kind::kNop:
      return true;
    case Kind::kLea:
      if (instruction.base == kRip) return scan_rip(instruction);
      if (instruction.base == kRsp && instruction.reg != kRsp) {
        return refuse(instruction, "takes an address on the stack");
      }
      return true;
    default:
      return !instruction.has_memory || scan_memory(instruction);
  }
}

bool FunctionVerifier::scan_jump(Step& step) {
  const std::int64_t target = std::int64_t{step.offset} + step.size + step.immediate;
  if (step.kind != Kind::kCall) {
    if (const std::uint32_t found = find(target); found != kNoIndex) {
      step.target = found;
      steps_[found].marks |= kIsTarget;
      return true;
    }
    has_tail_jump_ = true;
  }
  if (!is_start(target)) return refuse(step, "target is not the start of a function");
  return true;
}

bool FunctionVerifier::scan_memory(const Instruction& instruction) {
  if (instruction.segment == Segment::kGs) return scan_gs(instruction);
  if (instruction.segment == Segment::kFs) return scan_fs(instruction);
  if (instruction.has_address_prefix) return refuse(instruction, "address of 32 bits");
  if (instruction.base == kRip) return scan_rip(instruction);
  if (instruction.base == kRsp) {
    // frames.cc checks the extent.
    return instruction.index == kNoRegister || refuse(instruction, "indexes the stack");
  }
  // Only a constant or an entry of a jump table can be right; values.cc checks.
  needs_knowledge_ = true;
  if (instruction.is_store || instruction.base == kNoRegister || instruction.index == kNoRegister ||
      instruction.displacement != 0) {
    return refuse(instruction, "memory outside the cage");
  }
  return true;
}

const vmabi::TableRecord* FunctionVerifier::table_at(std::int64_t displacement) const noexcept {
  for (const vmabi::TableRecord& table : code_.tables) {
    if (table.capacity != 0 && table.window_offset == displacement) return &table;
  }
  return nullptr;
}

bool FunctionVerifier::reads_table_constant(const Instruction& instruction) const noexcept {
  const std::int64_t at = instruction.displacement;
  return std::ranges::any_of(code_.tables, [at](const vmabi::TableRecord& table) {
    return table.capacity != 0 && at % 8 == 0 &&
           inside(at, 8, table.window_offset,
                  8 * static_cast<std::int64_t>(std::bit_ceil(std::uint64_t{table.capacity})));
  });
}

bool FunctionVerifier::scan_gs(const Instruction& instruction) {
  if (instruction.base == kRip || instruction.base == kRsp) {
    return refuse(instruction, "gs with rip or rsp");
  }
  const bool has_register = instruction.base != kNoRegister || instruction.index != kNoRegister;
  if (instruction.has_address_prefix) return true;  // hardware keeps it inside the first 4 GiB
  if (has_register) {
    needs_knowledge_ = true;
    if (code_.is_lind_program && instruction.displacement >= 0) {
      return refuse(instruction, "gs with a register and without address-size prefix");
    }
    return true;  // values.cc proves the registers
  }
  if (instruction.displacement >= 0) return true;
  if (instruction.is_store) return refuse(instruction, "writes below the linear memory");
  if (inside(instruction.displacement, instruction.memory_bytes, vmabi::kStateOffset,
             sizeof(vmabi::StatePage))) {
    return true;
  }
  needs_knowledge_ = needs_knowledge_ || instruction.kind == Kind::kMov;
  return reads_table_constant(instruction) || refuse(instruction, "reads below the linear memory");
}

bool FunctionVerifier::scan_fs(const Instruction& instruction) {
  using vmabi::ThreadBlock;
  if (instruction.base != kNoRegister || instruction.index != kNoRegister ||
      instruction.has_address_prefix || instruction.displacement_at == 0) {
    return refuse(instruction, "fs with a register");
  }
  const std::uint32_t site = instruction.offset + instruction.displacement_at;
  if (fs_sites_.empty() || fs_sites_.front() != site) {
    return refuse(instruction, "fs displacement without record");
  }
  fs_sites_ = fs_sites_.subspan(1);
  const std::int64_t field = instruction.displacement - code_.thread_block;
  const std::int64_t size = instruction.memory_bytes;
  if (instruction.kind == Kind::kCallIndirect) {
    const std::int64_t entry = field - std::int64_t{offsetof(ThreadBlock, builtin_entry)};
    if (entry % 8 != 0 || !inside(entry, 8, 0, 8 * std::int64_t{vmabi::kNumBuiltins})) {
      return refuse(instruction, "calls through a thread word that is no builtin's");
    }
    calls_setjmp_ =
        calls_setjmp_ || entry == 8 * static_cast<std::int64_t>(vmabi::Builtin::k_setjmp);
    return true;
  }
  if (inside(field, size, offsetof(ThreadBlock, slots), sizeof(ThreadBlock::slots)) ||
      inside(field, size, offsetof(ThreadBlock, globals),
             8 * std::int64_t{code_.num_global_words})) {
    return true;
  }
  return refuse(instruction, "thread word that is neither slot nor global");
}

bool FunctionVerifier::scan_rip(const Instruction& instruction) {
  const std::int64_t at =
      std::int64_t{instruction.offset} + instruction.size + instruction.displacement;
  const auto rodata_size = static_cast<std::int64_t>(code_.rodata.size());
  if (instruction.kind == Kind::kLea) {
    if (instruction.width != 8) return refuse(instruction, "half an address");
    if (at == 0) return true;
    if (!inside(at, 4, code_.rodata_offset, rodata_size)) {
      return refuse(instruction, "address that is neither the image's nor a jump table's");
    }
    jump_tables_.push_back(static_cast<std::uint32_t>(at));
    return true;
  }
  if (instruction.is_store) return refuse(instruction, "writes to constants");
  return inside(at, instruction.memory_bytes, code_.rodata_offset, rodata_size) ||
         refuse(instruction, "constant outside .rodata");
}

// Wherever a jump by one of these tables could lead, paths may meet.
bool FunctionVerifier::mark_tables() {
  std::ranges::sort(jump_tables_);
  const auto duplicates = std::ranges::unique(jump_tables_);
  jump_tables_.erase(duplicates.begin(), duplicates.end());
  for (const std::uint32_t table : jump_tables_) {
    for (std::size_t at = table - code_.rodata_offset; at + 4 <= code_.rodata.size(); at += 4) {
      if (table_entries_left_ == 0) return refuse(steps_.front(), "too many jump tables");
      --table_entries_left_;
      std::int32_t delta = 0;
      std::memcpy(&delta, code_.rodata.data() + at, sizeof(delta));
      const std::uint32_t position = find(std::int64_t{table} + delta);
      if (position == kNoIndex) break;
      steps_[position].marks |= kIsTarget;
    }
  }
  return true;
}

bool FunctionVerifier::scan_trap(const Instruction& instruction) {
  if (traps_.empty() || traps_.front().offset != instruction.offset ||
      traps_.front().code != static_cast<std::uint32_t>(instruction.displacement)) {
    return refuse(instruction, "trap without record");
  }
  traps_ = traps_.subspan(1);
  return true;
}

bool FunctionVerifier::scan_call(Step& step) {
  if (call_sites_.empty() || call_sites_.front().return_offset != step.offset + step.size) {
    return refuse(step, "call without record");
  }
  const vmabi::CallSiteRecord& site = call_sites_.front();
  call_sites_ = call_sites_.subspan(1);
  calls_.emplace_back(&step, &site);
  if (site.landing_pad == kNoIndex) return true;
  const std::uint32_t landing = find(site.landing_pad);
  if (landing == kNoIndex || site.function == kNoIndex) {
    return refuse(step, "landing place outside the function");
  }
  step.target = landing;
  steps_[landing].marks |= kIsTarget;
  return true;
}

bool FunctionVerifier::check_calls() {
  if (record_ != nullptr && record_->code_size > end_ - start_) {
    return refuse(steps_.front(), "function reaches into the next one");
  }
  return std::ranges::all_of(
      calls_, [this](const auto& call) { return check_call(*call.first, *call.second); });
}

bool FunctionVerifier::check_call(const Step& instruction, const vmabi::CallSiteRecord& site) {
  const Frame& frame = instruction.frame;
  if (frame.depth < 0) return true;  // not reached
  if (static_cast<std::uint32_t>(frame.depth) != site.frame_bytes) {
    return refuse(instruction, "frame of another size than its record says");
  }
  if (site.function == kNoIndex) {
    return record_ == nullptr || refuse(instruction, "call of a function recorded as an adapter's");
  }
  const vmabi::FunctionRecord& function = code_.functions[site.function];
  if (function.code_offset != start_ || function.frame_bytes != site.frame_bytes) {
    return refuse(instruction, "call recorded for another function");
  }
  std::size_t num_saved = 0;
  bool agrees = true;
  for (const Saved& saved : kSaved) {
    if ((function.saved_regs & saved.bit) == 0) continue;
    agrees = agrees && num_saved < frame.num_saved && frame.saved[num_saved] == saved.number;
    ++num_saved;
  }
  return (agrees && num_saved == frame.num_saved) ||
         refuse(instruction, "other registers saved than the record says");
}

// longjmp comes back to this frame as long as the function has not returned.  So it must not have
// been given up, or built anew in another way, before that.
bool FunctionVerifier::check_setjmp() {
  if (!calls_setjmp_) return true;
  if (record_ == nullptr) return refuse(steps_.front(), "an adapter that may be returned to twice");
  bool in_prologue = true;
  for (const Instruction& each : steps_) {
    switch (each.kind) {
      case Kind::kPush:
        if (!in_prologue) return refuse(each, "builds again a frame that may be returned to twice");
        break;
      case Kind::kSub:
      case Kind::kAdd:
      case Kind::kLea:
        if (!in_prologue && (each.writes >> kRsp & 1) != 0) {
          const bool grows = each.kind == Kind::kSub   ? each.immediate > 0
                             : each.kind == Kind::kAdd ? each.immediate < 0
                                                       : each.displacement < 0;
          if (grows) return refuse(each, "builds again a frame that may be returned to twice");
        }
        break;
      case Kind::kJump:
      case Kind::kBranch:
      case Kind::kCall:
      case Kind::kCallIndirect:
      case Kind::kReturn:
        in_prologue = false;
        break;
      case Kind::kJumpIndirect:
        in_prologue = false;
        break;
      default:
        break;
    }
  }
  return !has_tail_jump_ ||
         refuse(steps_.front(), "gives up a frame that may be returned to twice");
}

}  // namespace lind::verify
