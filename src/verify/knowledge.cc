// TCB.  What remains known where paths meet.

#include "verify/knowledge.h"

#include <algorithm>

namespace lind::verify {
namespace {

/// A value that changes more often than this where paths meet is no longer followed.
constexpr std::uint8_t kMaxChanges = 4;

}  // namespace

Value join(const Value& a, const Value& b, bool widen) {
  Value both;
  if (a.width != b.width) return both;
  both.width = a.width;
  if (a.tag == b.tag && a.aux == b.aux) {
    both.tag = a.tag;
    both.aux = a.aux;
  }
  both.is_zero_extended = a.is_zero_extended && b.is_zero_extended;
  both.is_multiple_of_8 = a.is_multiple_of_8 && b.is_multiple_of_8;
  both.has_bit_in_byte = a.has_bit_in_byte && b.has_bit_in_byte;
  both.bound = std::max(a.bound, b.bound);
  if (widen && both.bound != a.bound) both.bound = kUnbounded;
  both.pages = std::max(pages_of(a), pages_of(b));
  if (widen && both.pages != pages_of(a)) both.pages = kUnbounded;
  // What the bound says already is not said twice.
  if (both.is_zero_extended && both.pages >= page_behind(both.bound)) both.pages = kUnbounded;
  // An address into a jump table means nothing without its bound.
  if (both.bound == kUnbounded && (both.tag == Tag::kDelta || both.tag == Tag::kTarget)) {
    both.tag = Tag::kNone;
    both.aux = 0;
  }
  return both;
}

void Knowledge::forget_known(std::size_t i) {
  if ((linked_ & location(i)) != 0) {
    const Locations others = equal_[i] & ~location(i);
    for_each(others, [&](std::size_t other) { equal_[other] = others; });
    if (std::has_single_bit(others)) linked_ &= ~others;
    linked_ &= ~location(i);
  }
  known_ &= ~location(i);
  values_[i] = {};
}

void Knowledge::make_equal(std::size_t to, std::size_t from) {
  const Locations members = equal(from) | location(to);
  for_each(members, [&](std::size_t i) { equal_[i] = members; });
  linked_ |= members;
}

void Knowledge::constrain(Locations set, std::uint32_t bound) {
  for_each(set, [&](std::size_t i) {
    Value value = values_[i];
    value.bound = std::min(value.bound, bound);
    this->set(i, value);
  });
}

void Knowledge::clear() {
  for_each(known_, [this](std::size_t i) { values_[i] = {}; });
  known_ = linked_ = 0;
}

void MeetingPoints::clear() {
  points_.clear();
  values_.clear();
  equal_.clear();
}

std::uint32_t MeetingPoints::add(const Knowledge& state) {
  Point& point = points_.emplace_back();
  point.frame = state.frame;
  point.known = state.known_;
  point.linked = state.linked_;
  point.first_value = values_.size();
  point.first_equal = equal_.size();
  for_each(point.known, [&](std::size_t i) { values_.push_back(state.values_[i]); });
  for_each(point.linked, [&](std::size_t i) { equal_.push_back(state.equal_[i]); });
  return static_cast<std::uint32_t>(points_.size() - 1);
}

// Knowledge only gets less, so what remains finds room where it was.
bool MeetingPoints::join(std::uint32_t index, const Knowledge& state) {
  Point& point = points_[index];
  const bool widen = point.num_changes >= kMaxChanges;
  bool changed = false;
  std::size_t from = point.first_value;
  std::size_t to = from;
  for_each(point.known, [&](std::size_t i) {
    Value value = values_[from++];
    if (!(value == state.values_[i])) {
      const Value both = verify::join(value, state.values_[i], widen);
      changed = changed || !(both == value);
      value = both;
    }
    if (value == Value{}) {
      point.known &= ~location(i);
    } else {
      values_[to++] = value;
    }
  });
  from = to = point.first_equal;
  const Locations linked = point.linked;
  for_each(linked, [&](std::size_t i) {
    const Locations before = equal_[from++];
    const Locations both = before & state.equal(i);
    changed = changed || both != before;
    if (std::has_single_bit(both)) {
      point.linked &= ~location(i);
    } else {
      equal_[to++] = both;
    }
  });
  if (changed && !widen) ++point.num_changes;
  return changed;
}

void MeetingPoints::load(std::uint32_t index, Knowledge& state) const {
  const Point& point = points_[index];
  state.clear();
  state.frame = point.frame;
  state.known_ = point.known;
  state.linked_ = point.linked;
  std::size_t value = point.first_value;
  std::size_t equal = point.first_equal;
  for_each(point.known, [&](std::size_t i) { state.values_[i] = values_[value++]; });
  for_each(point.linked, [&](std::size_t i) { state.equal_[i] = equal_[equal++]; });
}

}  // namespace lind::verify
