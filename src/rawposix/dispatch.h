/// \file
/// From six registers to typed arguments: the one place where widths are cut and owners attached.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/guest_memory.h"
#include "threei/call.h"

namespace lind::rawposix {

/// How an argument of type T is made from register `index`.  Integers and enumerations are cut to
/// their width as the kernel does; pointers get the owner of their register.
template <typename T>
struct FromRegister {
  static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
  static T convert(const threei::Call& call, std::size_t index) noexcept {
    return static_cast<T>(call.args[index]);
  }
};
template <typename T>
struct FromRegister<runtime::GuestPtr<T>> {
  static runtime::GuestPtr<T> convert(const threei::Call& call, std::size_t index) noexcept {
    return call.pointer<T>(index);
  }
};

/// Entry<sys_x>::call is the MicrovisorEntry of `Result<std::int64_t> sys_x(Caller&, Args...)`.
///
/// A handler whose blocking host call ended with EINTR returns
/// kERESTARTSYS if Linux makes the call again under SA_RESTART (read, write, wait4, flock, ...),
/// kERESTARTNOHAND if only a signal without handler does (poll, select, pause, nanosleep, ...),
/// kEINTR if nothing does (epoll_wait, semop, ...): signal(7).
template <auto Handler>
struct Entry;
template <typename... Args, Result<std::int64_t> (*Handler)(Caller&, Args...)>
struct Entry<Handler> {
  static_assert(sizeof...(Args) <= 6);
  static std::int64_t call(const threei::Call& call) {
    Caller caller(call);
    const Result<std::int64_t> result = invoke(caller, call, std::index_sequence_for<Args...>{});
    return result.ok() ? result.value() : failure(caller, result.error());
  }

 private:
  // kERESTARTSYS is runtime::kRestart negated; kERESTARTNOHAND also notes that no handler may
  // restart the call.
  static std::int64_t failure(Caller& caller, uapi::Errno error) {
    static_assert(-static_cast<std::int64_t>(uapi::Errno::kERESTARTSYS) == runtime::kRestart);
    if (error != uapi::Errno::kERESTARTNOHAND) return -static_cast<std::int64_t>(error);
    caller.process().never_restart(caller.thread());
    return runtime::kRestart;
  }
  template <std::size_t... I>
  static Result<std::int64_t> invoke(Caller& caller, const threei::Call& call,
                                     std::index_sequence<I...>) {
    return Handler(caller, FromRegister<Args>::convert(call, I)...);
  }
};

}  // namespace lind::rawposix
