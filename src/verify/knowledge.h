/// \file
/// What is known of registers and of places in the frame where paths of a function meet.  TCB.

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

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

/// A number of 32 bits of which nothing is known.
inline constexpr std::uint32_t kUnbounded = 0xffffffff;

/// What is known of a register, or of a place in the frame.
struct Value {
  Tag tag = Tag::kNone;
  bool is_multiple_of_8 : 1 = false;
  bool has_bit_in_byte : 1 = false;   ///< the lowest byte is 0 or 1
  bool is_zero_extended : 1 = false;  ///< the upper 32 bits are zero
  std::uint8_t width = 0;             ///< of a place in the frame: bytes stored, 0: unknown
  std::uint32_t bound = kUnbounded;   ///< the lower 32 bits are at most this
  std::uint32_t aux = 0;
  std::uint32_t pages = kUnbounded;  ///< the whole value is below so many times 64 KiB
  bool operator==(const Value&) const = default;
};

inline constexpr unsigned kPageLog2 = 16;

/// What is larger than `largest`, in units of 64 KiB.
constexpr std::uint32_t page_behind(std::uint64_t largest) {
  const std::uint64_t pages = (largest >> kPageLog2) + 1;
  return pages < kUnbounded ? static_cast<std::uint32_t>(pages) : kUnbounded;
}

/// What the whole 64 bits of `value` are below, in units of 64 KiB.
constexpr std::uint32_t pages_of(const Value& value) {
  return value.is_zero_extended ? std::min(value.pages, page_behind(value.bound)) : value.pages;
}

/// What holds for `a` and for `b`.  With `widen`, numbers that grew are given up.
Value join(const Value& a, const Value& b, bool widen);

inline constexpr std::size_t kNumRegisters = 16;
inline constexpr std::size_t kNumPlaces = 48;
inline constexpr std::size_t kNumLocations = kNumRegisters + kNumPlaces;

/// A set of locations: registers, then places.
using Locations = std::uint64_t;
constexpr Locations location(std::size_t i) {
  return Locations{1} << i;
}
/// Calls `function` with the number of each location of a set.
template <typename Function>
void for_each(Locations set, const Function& function) {
  for (; set != 0; set &= set - 1)
    function(static_cast<std::size_t>(std::countr_zero(set)));
}

/// What is known before an instruction.  Most locations are unknown most of the time, so work is
/// proportional to what is known.
class Knowledge {
 public:
  Frame frame;

  /// Must be below kNumLocations.
  const Value& at(std::size_t i) const { return values_[i]; }
  /// Leaves equalities as they are.
  void set(std::size_t i, const Value& value) {
    values_[i] = value;
    known_ = (known_ & ~location(i)) | (value == Value{} ? 0 : location(i));
  }
  void forget(std::size_t i) {
    if (((known_ | linked_) & location(i)) != 0) forget_known(i);
  }
  void forget_all(Locations set) {
    for_each(set & (known_ | linked_), [this](std::size_t i) { forget_known(i); });
  }
  /// `to`, of which nothing may be known, gets the lower 32 bits of `from`.
  void make_equal(std::size_t to, std::size_t from);
  /// The locations with the same lower 32 bits as `i`, which is one of them.
  Locations equal(std::size_t i) const {
    return (linked_ & location(i)) != 0 ? equal_[i] : location(i);
  }
  /// The lower 32 bits of all of `set` are at most `bound`.
  void constrain(Locations set, std::uint32_t bound);

 private:
  friend class MeetingPoints;
  void forget_known(std::size_t i);
  void clear();

  Locations known_ = 0;   ///< with a value that is not Value{}
  Locations linked_ = 0;  ///< equal to another; only then equal_ counts
  std::array<Value, kNumLocations> values_{};
  std::array<Locations, kNumLocations> equal_{};
};

/// What is known at the instructions where paths meet, as far as they were followed.
class MeetingPoints {
 public:
  /// Forgets all, keeps the memory.
  void clear();

  /// The number of a new point.
  std::uint32_t add(const Knowledge& state);
  /// Keeps of point `index` what also `state` knows; whether that is less than before.
  bool join(std::uint32_t index, const Knowledge& state);
  const Frame& frame(std::uint32_t index) const { return points_[index].frame; }
  /// Makes `state` what is known at point `index`.
  void load(std::uint32_t index, Knowledge& state) const;

 private:
  struct Point {
    Frame frame;
    std::uint8_t num_changes = 0;
    Locations known = 0;
    Locations linked = 0;
    std::size_t first_value = 0;  ///< in values_: those of `known`, in order
    std::size_t first_equal = 0;  ///< in equal_: those of `linked`, in order
  };

  std::vector<Point> points_;
  std::vector<Value> values_;
  std::vector<Locations> equal_;
};

}  // namespace lind::verify
