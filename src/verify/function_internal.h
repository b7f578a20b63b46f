/// \file
/// Verifies one function after the other.  TCB.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "verify/decode_internal.h"
#include "verify/knowledge.h"
#include "verify/verify.h"

namespace lind::verify {

/// rbx, rbp, r12 to r15: a function gives them back as it found them.
inline constexpr std::uint16_t kCalleeSaved = 1U << 3 | 1U << 5 | 0xfU << 12;

/// Whether the instruction behind one of this kind may be next.
constexpr bool falls_through(Kind kind) {
  return kind != Kind::kJump && kind != Kind::kJumpIndirect && kind != Kind::kReturn &&
         kind != Kind::kTrap;
}

/// Whether its memory operand is in the frame.
constexpr bool is_stack(const Instruction& instruction) {
  return instruction.has_memory && instruction.segment == Segment::kNone &&
         instruction.base == kRsp;
}

/// An instruction of the function and what is found out of it.  A cache line.
struct Step : Instruction {
  Frame frame;             ///< before it
  std::uint32_t target;    ///< position: of its direct branch, or of its landing place
  std::uint32_t known_at;  ///< index into points_
  std::uint8_t marks;      ///< Mark
};
static_assert(sizeof(Step) == 64);

class FunctionVerifier {
 public:
  explicit FunctionVerifier(const Code& code);

  /// Verifies [start, end) of the text, which is function `record` or, if null, an adapter: its
  /// instructions, and that each record of the range belongs to one of them.
  std::optional<Refusal> verify(std::uint32_t start, std::uint32_t end,
                                const vmabi::FunctionRecord* record);
  /// To be asked of every start before the first verify().
  void add_start(std::uint32_t start);

 private:
  struct Comparison {
    bool is_valid = false;
    Locations locations = 0;
    std::uint32_t with = 0;
  };
  /// What the scan finds out of an instruction.
  enum Mark : std::uint8_t {
    kIsTarget = 1,       ///< paths may meet here
    kConcernsFrame = 2,  ///< step_frame() has to look at it
    kUsesValues = 4,     ///< check_uses() has to look at it
  };

  bool refuse(const Instruction& instruction, const char* reason);
  bool is_start(std::int64_t offset) const noexcept;
  /// The position of the instruction at `offset` of this function, or kNoIndex.
  std::uint32_t find(std::int64_t offset) const noexcept;

  // One look at every instruction (function.cc).
  bool scan();
  static std::uint8_t marks_of(const Instruction& instruction);
  bool decode_all();
  bool scan_one(Step& instruction);
  bool scan_memory(const Instruction& instruction);
  bool scan_gs(const Instruction& instruction);
  bool scan_fs(const Instruction& instruction);
  bool scan_jump(Step& step);
  bool scan_rip(const Instruction& instruction);
  bool mark_tables();
  const vmabi::TableRecord* table_at(std::int64_t displacement) const noexcept;
  bool reads_table_constant(const Instruction& instruction) const noexcept;
  void find_records();
  bool all_records_used() const noexcept;
  bool scan_call(Step& step);
  bool scan_trap(const Instruction& instruction);
  bool check_calls();
  bool check_call(const Step& instruction, const vmabi::CallSiteRecord& site);
  bool check_setjmp();

  // Along all paths, the stack (frames.cc).
  bool flow_frames();
  bool step_frame(const Instruction& instruction, Frame& frame);
  bool move_stack(const Instruction& instruction, Frame& frame, std::int64_t by);
  bool check_written(const Instruction& instruction, const Frame& frame);
  bool enter_frame(std::uint32_t position, const Frame& frame);
  bool branch_frame(const Step& step, const Frame& frame);
  bool leave(const Instruction& instruction, const Frame& frame);

  // Along all paths, values (values.cc).  `address` is that of the memory operand, from the return
  // address, if it is in the frame; `depth` the frame's before the instruction.
  bool flow_knowledge();
  bool enter(std::uint32_t position, const Knowledge& state);
  bool enter_bounded(std::uint32_t position, Knowledge& state, std::uint32_t bound);
  bool follow(const Step& instruction, Knowledge& state);
  bool branch(const Step& instruction, Knowledge& state);
  bool land(const Step& instruction, const Knowledge& state);
  bool jump_by_table(const Instruction& instruction, const Knowledge& state);
  bool check_uses(const Instruction& instruction, const Knowledge& state);
  bool is_inside_memories(const Instruction& instruction, const Knowledge& state) const;
  void learn(const Instruction& instruction, Knowledge& state, std::int32_t depth);
  void learn_mov(const Instruction& instruction, Knowledge& state, std::int64_t address);
  void learn_lea(const Instruction& instruction, Knowledge& state);
  void learn_store(const Instruction& instruction, Knowledge& state, std::int64_t address);
  void learn_immediate(const Instruction& instruction, Knowledge& state);
  void learn_zero_extend(const Instruction& instruction, Knowledge& state);
  void learn_sign_extend(const Instruction& instruction, Knowledge& state);
  void learn_bit(const Instruction& instruction, Knowledge& state);
  void learn_arithmetic(const Instruction& instruction, Knowledge& state, std::int64_t address);
  void learn_result(Knowledge& state, std::size_t target, const Value& value);
  Value result_of(const Instruction& instruction, const Knowledge& state, std::int64_t address);
  const Value* operand_of(const Instruction& instruction, const Knowledge& state,
                          std::int64_t address);
  void compare(const Instruction& instruction, const Knowledge& state, std::int64_t address);
  std::optional<std::uint32_t> bound_of_branch(std::uint8_t condition, bool taken) const;
  std::size_t place(std::int64_t address, bool create);
  void forget_places(Knowledge& state, std::int64_t from, std::int64_t to) const;

  const Code& code_;
  std::vector<std::uint64_t> starts_;  ///< a bit for every byte of the text
  std::uint64_t table_entries_left_;

  // Of this function:
  std::uint32_t start_ = 0;
  std::uint32_t end_ = 0;
  const vmabi::FunctionRecord* record_ = nullptr;
  // Its records; the scan takes them from the front.
  std::span<const vmabi::CallSiteRecord> call_sites_;
  std::span<const vmabi::TrapRecord> traps_;
  std::span<const std::uint32_t> fs_sites_;
  std::vector<std::pair<const Step*, const vmabi::CallSiteRecord*>> calls_;
  std::vector<Step> step_storage_;
  std::span<Step> steps_;                   ///< the instructions, in their order
  std::vector<std::uint32_t> position_of_;  ///< by byte; right where the instruction agrees
  std::vector<std::uint32_t> jump_tables_;
  std::vector<std::uint32_t> pending_;
  MeetingPoints points_;
  std::vector<std::int64_t> places_;  ///< addresses from the return address
  Comparison comparison_;
  std::array<Value, kNumLocations> compared_{};  ///< in enter_bounded()
  bool needs_knowledge_ = false;
  bool calls_setjmp_ = false;
  bool has_tail_jump_ = false;
  Refusal refusal_{};
};

}  // namespace lind::verify
