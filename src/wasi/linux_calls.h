/// \file
/// Linux's calls, made for a thread of a WASI program through its cage's routes.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "rawposix/process.h"
#include "runtime/thread.h"
#include "uapi/guest_type.h"
#include "uapi/syscall_no.h"
#include "wasi/abi.h"

namespace lind::wasi {

/// The calls that one function of WASI makes.
///
/// Their arguments lie in the thread's room (AddressSpace::take_call_room), which starts empty:
/// put and reserve fill it, and what they return stays until the object goes, or a Room.
/// Ownership: lives for one function.  Threading: the thread's own.
class LinuxCalls {
 public:
  LinuxCalls(rawposix::Process& process, runtime::Thread& thread) noexcept
      : process_(process), thread_(thread) {}
  LinuxCalls(const LinuxCalls&) = delete;
  LinuxCalls& operator=(const LinuxCalls&) = delete;

  /// Gives back what is put and reserved during its life.
  class Room {
   public:
    explicit Room(LinuxCalls& linux) noexcept : linux_(linux), used_(linux.used_) {}
    ~Room() { linux_.used_ = used_; }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

   private:
    LinuxCalls& linux_;
    const std::uint64_t used_;
  };

  /// Makes one call; when a signal has interrupted it, does what the signal says and makes it
  /// again, as the program has no handlers.
  /// Errors: the call's; kIntr if the thread is to end, which nobody will see.
  template <typename... Args>
  Result<std::int64_t> make(uapi::SyscallNo number, Args... args) {
    static_assert(sizeof...(Args) <= 6);
    return make_call(number, {word(args)...});
  }
  /// The same, for who must tell errors of Linux apart.
  template <typename... Args>
  lind::Result<std::int64_t> make_linux(uapi::SyscallNo number, Args... args) {
    return make_linux_call(number, {word(args)...});
  }

  /// Copies to the room.  Errors: kNomem (it is full).
  Result<GuestAddr> put_bytes(std::span<const std::byte> bytes);
  template <uapi::GuestType T>
  Result<GuestAddr> put(const T& value) {
    return put_bytes(std::as_bytes(std::span(&value, 1)));
  }
  /// With a NUL behind it.
  Result<GuestAddr> put_string(std::string_view text);
  /// Room for a call to fill.
  Result<GuestAddr> reserve(std::uint64_t num_bytes);
  /// What a call has put there.  Errors: kFault if `place` is not of put or reserve.
  Answer get(GuestAddr place, std::span<std::byte> bytes) const;
  template <uapi::GuestType T>
  Result<T> get(GuestAddr place) const {
    T value{};
    LIND_TRY(get(place, std::as_writable_bytes(std::span(&value, 1))));
    return value;
  }

 private:
  static std::uint64_t word(GuestAddr address) noexcept { return to_u64(address); }
  template <std::integral T>
  static std::uint64_t word(T value) noexcept {
    return static_cast<std::uint64_t>(value);
  }
  Result<std::int64_t> make_call(uapi::SyscallNo number, const runtime::SyscallArgs& args);
  lind::Result<std::int64_t> make_linux_call(uapi::SyscallNo number,
                                             const runtime::SyscallArgs& args);

  rawposix::Process& process_;
  runtime::Thread& thread_;
  std::uint64_t used_ = 0;  ///< bytes of the room
};

}  // namespace lind::wasi
