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
#include "verify/verify.h"

namespace lind::verify {

/// Where the stack pointer is and what lies at the frame's top.
struct Frame {
  std::int32_t depth = -1;  ///< from rsp to the return address; -1: not reached
  std::uint8_t num_saved = 0;
  std::array<std::uint8_t, 6> saved{};  ///< registers, in the order they were pushed
  bool operator==(const Frame&) const = default;
};

enum class Tag : std::uint8_t {
  kNone,
  kImage,   ///< address of the image
  kEntry,   ///< a table entry
  kOffset,  ///< its code offset, zero-extended
  kCallee,  ///< image plus code offset
  kRodata,  ///< address of image offset `aux`
  kDelta,   ///< read from the jump table at `aux`, at an index of at most `bound`
  kTarget,  ///< that plus the table's address
};

/// What is known of a register, or of a place in the frame.
struct Value {
  Tag tag = Tag::kNone;
  bool is_zero_extended = false;  ///< the upper 32 bits are zero
  bool is_multiple_of_8 = false;
  bool has_bit_in_byte = false;  ///< the lowest byte is 0 or 1
  std::uint8_t width = 0;        ///< of a place in the frame: bytes that were stored, 0: unknown
  std::uint32_t bound = 0xffffffff;  ///< the lower 32 bits are at most this
  std::uint32_t aux = 0;
  /// The whole value is below so many times 64 KiB; 0xffffffff: not known.
  std::uint32_t pages = 0xffffffff;
  bool operator==(const Value&) const = default;
};

inline constexpr std::size_t kNumRegisters = 16;
inline constexpr std::size_t kNumPlaces = 48;
inline constexpr std::size_t kNumLocations = kNumRegisters + kNumPlaces;

/// What is known before an instruction, for functions where it matters.
struct Knowledge {
  Frame frame;
  std::array<Value, kNumLocations> values{};
  /// Bit j of equal[i]: locations i and j have the same lower 32 bits.
  std::array<std::uint64_t, kNumLocations> equal{};
};

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
    std::uint64_t locations = 0;
    std::uint32_t with = 0;
  };

  bool refuse(const Instruction& instruction, const char* reason);
  bool is_start(std::int64_t offset) const noexcept;
  /// The position of the instruction at `offset` of this function, or kNoIndex.
  std::uint32_t find(std::int64_t offset) const noexcept;

  // One look at every instruction (function.cc).
  bool scan();
  bool scan_one(const Instruction& instruction);
  bool scan_memory(const Instruction& instruction);
  bool scan_gs(const Instruction& instruction);
  bool scan_fs(const Instruction& instruction);
  bool scan_jump(const Instruction& instruction);
  bool scan_rip(const Instruction& instruction);
  bool mark_tables();
  const vmabi::TableRecord* table_at(std::int64_t displacement) const noexcept;
  bool reads_table_constant(const Instruction& instruction) const noexcept;
  void find_records();
  bool all_records_used() const noexcept;
  bool scan_call(const Instruction& instruction);
  bool scan_trap(const Instruction& instruction);
  bool check_calls();
  bool check_call(const Instruction& instruction, const vmabi::CallSiteRecord& site);
  bool check_setjmp();

  // Along all paths (flow.cc).
  bool flow_frames();
  bool flow_knowledge();
  bool step_frame(const Instruction& instruction, Frame& frame);
  bool move_stack(const Instruction& instruction, Frame& frame, std::int64_t by);
  bool check_written(const Instruction& instruction, const Frame& frame);
  bool enter_frame(std::uint32_t position, const Frame& frame);
  bool branch_frame(const Instruction& instruction, const Frame& frame);
  bool leave(const Instruction& instruction, const Frame& frame);
  bool land(const Instruction& instruction, const Knowledge& state);
  bool step(const Instruction& instruction, Knowledge& state);
  bool enter(std::uint32_t position, const Knowledge& state);
  bool check_uses(const Instruction& instruction, const Knowledge& state);
  bool is_inside_memories(const Instruction& instruction, const Knowledge& state) const;
  void learn(const Instruction& instruction, Knowledge& state, const Frame& before);
  void learn_mov(const Instruction& instruction, Knowledge& state, std::int64_t address);
  void learn_lea(const Instruction& instruction, Knowledge& state);
  void compare(const Instruction& instruction, const Knowledge& state, std::int64_t address);
  void constrain(Knowledge& state, std::uint32_t bound) const;
  std::optional<std::uint32_t> bound_of_branch(std::uint8_t condition, bool taken) const;
  bool jump_by_table(const Instruction& instruction, const Knowledge& state);
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
  std::vector<std::pair<std::uint32_t, const vmabi::CallSiteRecord*>> calls_;  ///< by position
  std::vector<Instruction> instructions_;
  std::vector<std::uint32_t> position_of_;  ///< by byte; right where the instruction agrees
  std::vector<Frame> frames_;
  std::vector<std::uint8_t> is_target_;
  std::vector<std::uint32_t> targets_;  ///< by instruction: of its direct branch, or landing place
  std::vector<std::uint32_t> jump_tables_;
  std::vector<std::uint32_t> pending_;
  std::vector<std::uint32_t> known_at_;  ///< by instruction: index into known_
  std::vector<Knowledge> known_;
  std::vector<std::uint8_t> visits_;
  std::vector<std::int64_t> places_;  ///< addresses from the return address
  Comparison comparison_;
  bool needs_knowledge_ = false;
  bool calls_setjmp_ = false;
  bool has_tail_jump_ = false;
  Refusal refusal_{};
};

}  // namespace lind::verify
