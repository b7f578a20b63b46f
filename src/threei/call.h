/// \file
/// One system call on its way from a guest to whoever answers it.

#pragma once

#include <array>
#include <cstdint>

#include "runtime/address_space.h"
#include "runtime/thread.h"

namespace lind::threei {

class Cage;

/// Who calls, for whom, what.
///
/// Ownership: borrowed for the duration of the call; the dispatcher keeps all of it alive.
/// Invariants: `waiting` is a thread of `acting`, `calling` one of `caller`; both are on this host
///   thread inside a call, `calling` the innermost one.
struct Call {
  Cage& acting;              ///< whose descriptors, directory, memory and credentials are used
  runtime::Thread& waiting;  ///< whose signals interrupt it
  std::int32_t number;
  const std::array<std::uint64_t, 6>& args;
  std::array<runtime::AddressSpace*, 6> owners;  ///< the memory each argument points into
  Cage& caller;              ///< whose routes decide; acting itself, or a grate that acts for it
  runtime::Thread& calling;  ///< makes the call
  /// The cages behind `owners`; null: all are the caller's.
  const std::array<CageId, 6>* owner_ids = nullptr;

  template <typename T>
  runtime::GuestPtr<T> pointer(std::size_t index) const noexcept {
    return {owners[index], GuestAddr{args[index]}};
  }
};

/// A microvisor function: result as Linux gives it, or runtime::kRestart.
using MicrovisorEntry = std::int64_t (*)(const Call& call);

}  // namespace lind::threei
