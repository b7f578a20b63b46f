/// \file
/// The compile broker: a small child process that alone starts compilers.
///
/// It is forked while lind has one thread and all its rights, so that later, with guests inside,
/// lind neither forks nor executes anything.
///
///     lind --- request, SOCK_SEQPACKET ---> broker --- fork, exec ---> lindc
///              CompileJob
///              SCM_RIGHTS: module, object, reply
///     lind <------- reply, a pipe --------- lindc's stderr, with lines "progress PERCENT", then
///                                           the broker's 4 bytes: lindc's wait status
///
/// The broker ends, with the compilers it runs, when lind's end of the socket is closed.  It then
/// removes lind's private directory, and gives the terminal its settings back, both of which a lind
/// that was killed leaves behind.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/error.h"
#include "embed/compiler.h"
#include "host/unique_fd.h"
#include "object/key.h"

namespace lind::cli {

using embed::CompileJob;
using embed::CompilerProgram;

/// Our side of the broker.  Ownership: the child process, which the destructor waits for.
class Broker {
 public:
  /// Forks the broker.  `private_directory` is a host path, empty for none.
  /// Requires: this process has one thread.
  /// Errors: the host's.
  static ErrorOr<Broker> start(const CompilerProgram& compiler,
                               const std::string& private_directory);
  Broker(Broker&& other) noexcept;
  Broker& operator=(Broker&&) = delete;
  ~Broker();

  /// Told the part that is done, in percent, by the thread that compiles.
  using ShowProgress = std::function<void(unsigned percent)>;

  /// The object of `module`, as lindc wrote it: nothing in it is to be believed.
  /// Errors: the first line lindc printed; a broker or compiler that died; the host's.
  /// Threading: any thread, many at once; blocks while lindc runs.
  ErrorOr<Buffer> compile(std::span<const std::byte> module, const CompileJob& job,
                          const ShowProgress& show_progress = nullptr) const;

 private:
  Broker(host::UniqueFd socket, pid_t child) noexcept : socket_(std::move(socket)), child_(child) {}
  host::UniqueFd socket_;
  pid_t child_;
};

}  // namespace lind::cli
