/// \file
/// Numbers of processes and threads.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rawposix/kernel.h"

namespace lind::rawposix {

/// Hands out numbers in increasing order and begins again after kMaxPid.
///
/// A number has holders: the process or thread it names, and every process that has it as its
/// group or session.  It is free when the last holder is gone, so that a new process never falls
/// into an old group.
class IdPool {
 public:
  /// Below this nothing is given again after the first round.  Source: RESERVED_PIDS, kernel/pid.c.
  static constexpr std::uint32_t kReserved = 300;

  /// A number with one holder; nothing if all are taken.
  std::optional<std::uint32_t> take();
  /// Requires: `id` has a holder, but for the kernel's own number 1.
  void hold(std::uint32_t id);
  void drop(std::uint32_t id);

 private:
  /// By number, as far as numbers have been given; 1 is init: the kernel itself.
  std::vector<std::uint32_t> holders_{0, 1};
  std::uint32_t next_ = 2;
};

}  // namespace lind::rawposix
