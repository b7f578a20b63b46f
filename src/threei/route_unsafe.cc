// A route word that leads to a target is the target's address with the kind in its low bits.

#include "threei/route_table.h"

namespace lind::threei {

Route Route::to(const Target& target) noexcept {
  static_assert(alignof(Target) > kKindMask);
  // SAFETY: an integer made of a pointer is harmless; target() below turns it back.
  return Route(reinterpret_cast<std::uint64_t>(&target) | static_cast<std::uint64_t>(Kind::kGrate));
}

const Target& Route::target() const noexcept {
  // SAFETY: only `to` makes a word of kind kGrate, of an address whose low bits are zero; the
  // target lives as long as the table that the word is in (RouteSnapshot::targets).
  return *reinterpret_cast<const Target*>(word_ & ~kKindMask);
}

}  // namespace lind::threei
