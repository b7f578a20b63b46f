/// \file
/// A host descriptor that poll and epoll find in the state we give it.

#pragma once

#include <memory>

#include "base/result.h"
#include "host/unique_fd.h"

namespace lind::rawposix {

/// One end of a socket pair whose other end is ours: readable while we have sent a byte, writable
/// while we leave room, hung up when we have shut down.  Nobody reads or writes it.
///
/// Threading: under its owner's lock.
class Readiness {
 public:
  /// Not readable, writable.  Errors: EMFILE, ENFILE, ENOMEM.
  static Result<Readiness> create();

  struct State {
    bool readable = false;
    bool writable = true;
    bool hung_up = false;
    bool operator==(const State&) const = default;
  };
  /// Costs a host call per change only.  What has hung up stays so.
  void set(const State& state);
  /// For the OpenFile.
  const std::shared_ptr<host::UniqueFd>& fd() const noexcept { return theirs_; }

 private:
  Readiness(host::UniqueFd ours, host::UniqueFd theirs)
      : ours_(std::move(ours)), theirs_(std::make_shared<host::UniqueFd>(std::move(theirs))) {}
  host::UniqueFd ours_;
  std::shared_ptr<host::UniqueFd> theirs_;
  State state_;
};

}  // namespace lind::rawposix
