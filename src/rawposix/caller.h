/// \file
/// Who is asking: handed to every system call of the microvisor.

#pragma once

#include "rawposix/process.h"
#include "threei/call.h"

namespace lind::rawposix {

/// The acting process (descriptors, directory, credentials) and the waiting thread.
class Caller {
 public:
  // SAFETY of the cast: every threei::Cage of an instance is a Process (kernel.h creates no other).
  explicit Caller(const threei::Call& call) noexcept
      : process_(static_cast<Process&>(call.acting)), thread_(call.waiting) {}

  Process& process() const noexcept { return process_; }
  FdTable& fds() const noexcept { return process_.fds(); }
  FsContext& fs() const noexcept { return process_.fs(); }
  Kernel& kernel() const noexcept { return process_.kernel(); }
  /// Where its paths start, with the credentials that they are looked up for.
  BaseDirectory root_directory() const { return seen_from("/", nullptr); }
  /// The guest's tree as a whole, for paths that were resolved already.
  BaseDirectory top_directory() const { return {.who = process_.file_credentials()}; }
  BaseDirectory seen_from(std::string path, std::shared_ptr<host::UniqueFd> dir) const {
    return {.path = std::move(path),
            .dir = std::move(dir),
            .root = fs().root(),
            .who = process_.file_credentials()};
  }
  BaseDirectory working_directory() const {
    BaseDirectory here = fs().base();
    here.who = process_.file_credentials();
    return here;
  }
  runtime::Thread& thread() const noexcept { return thread_; }
  runtime::InFlightRanges& in_flight() const noexcept { return thread_.in_flight(); }
  /// The waiting thread's signals, tid and name.  Requires: it is one of the acting process.
  GuestThread& guest_thread() const { return process_.guest_thread(thread_); }
  /// Raises `signo` against the caller itself: SIGPIPE, SIGXFSZ.
  void raise(std::int32_t signo) const { process_.raise(thread_, signo); }

 private:
  Process& process_;
  runtime::Thread& thread_;
};

}  // namespace lind::rawposix
