/// \file
/// Errors and traps as values: nothing in this library throws.

#pragma once

#include <cstdint>
#include <lind/api.h>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace lind::embed {

enum class ErrorKind : std::uint8_t {
  kModule,       ///< the bytes are no valid WebAssembly, or the compiler refuses them
  kObject,       ///< no compiled object of this version, for this machine, or not verified
  kImport,       ///< an import that nobody gives, or of another type
  kExport,       ///< no export of that name, or of another type
  kLimit,        ///< more than Limits or the engine's options allow
  kBounds,       ///< the host named bytes that the memory does not have
  kTrap,         ///< guest code stopped: trap() says why
  kInterrupted,  ///< somebody has called interrupt()
  kState,        ///< not now: another thread is inside the instance, or it was destroyed
  kHost,         ///< the machine has no more memory, descriptors, ...; or a file cannot be read
  kUser,         ///< a host function's own
};

/// Why guest code stopped.  The numbers are those of compiled objects.
enum class TrapCode : std::uint8_t {
  kNone = 0,
  kUnreachable = 1,
  kOutOfBoundsMemory = 2,
  kOutOfBoundsTable = 3,
  kUndefinedElement = 4,
  kUninitializedElement = 5,
  kIndirectCallType = 6,
  kIntegerDivideByZero = 7,
  kIntegerOverflow = 8,
  kInvalidConversion = 9,
  kUnalignedAtomic = 10,
  kExpectedSharedMemory = 11,
  kStackExhausted = 12,
  kDeadJumpBuffer = 13,
  kBadImport = 14,
  kUncaughtException = 15,
  kNullException = 16,
  kExceptionsExhausted = 17,
};

/// What went wrong, in one line: lower case, no full stop.
class Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  /// A trap that a host function raises: kTrap with the code of `unreachable`.
  static Error trap(std::string message) {
    Error error(ErrorKind::kTrap, std::move(message));
    error.trap_ = TrapCode::kUnreachable;
    return error;
  }

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& message() const noexcept { return message_; }
  /// kNone unless kind() is kTrap.
  TrapCode trap() const noexcept { return trap_; }
  /// Of errors that ended guest code: the functions that were active, innermost first.
  const std::vector<std::string>& backtrace() const noexcept { return backtrace_; }

  void set_trap(TrapCode code) noexcept { trap_ = code; }
  void set_backtrace(std::vector<std::string> names) noexcept { backtrace_ = std::move(names); }

 private:
  ErrorKind kind_;
  TrapCode trap_ = TrapCode::kNone;
  std::string message_;
  std::vector<std::string> backtrace_;
};

namespace detail {
/// Ends the process: somebody has looked at the side of a Result that is not there.
[[noreturn]] LIND_API void wrong_side(const Error* error) noexcept;
}  // namespace detail

/// A value, or the reason why there is none.
///
/// Ignoring a returned Result is a warning of the compiler, and looking at the side that is not
/// there ends the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  T& value() & {
    check();
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    check();
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    check();
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    if (ok()) detail::wrong_side(nullptr);
    return *std::get_if<1>(&state_);
  }

 private:
  static_assert(!std::is_reference_v<T>, "hold a pointer instead");
  void check() const {
    if (!ok()) detail::wrong_side(std::get_if<1>(&state_));
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  void value() const {
    if (!ok()) detail::wrong_side(&*error_);
  }
  const Error& error() const {
    if (ok()) detail::wrong_side(nullptr);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace lind::embed
