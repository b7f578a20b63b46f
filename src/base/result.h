/// \file
/// A value or the reason why there is none.

#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "uapi/errno.h"

namespace lind {

/// A value, or the reason why there is none.
///
/// Ignoring a returned Result is a compiler error, and looking at the side that
/// is not there stops the process instead of reading garbage.
template <typename T, typename E = uapi::Errno>
class [[nodiscard]] Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return error;` are the point.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  bool ok() const noexcept { return state_.index() == 0; }
  T& value() & {
    LIND_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    LIND_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    LIND_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  const E& error() const {
    LIND_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  static_assert(!std::is_reference_v<T>, "hold a pointer instead");
  std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error)  // NOLINT(google-explicit-constructor): as above
      : error_(std::move(error)) {}

  bool ok() const noexcept { return !error_.has_value(); }
  void value() const { LIND_CHECK(ok()); }
  const E& error() const {
    LIND_CHECK(!ok());
    return *error_;  // NOLINT(bugprone-unchecked-optional-access): checked above
  }

 private:
  std::optional<E> error_;
};

}  // namespace lind

/// The value of `expr`, or a return of its error from the enclosing function.
#define LIND_TRY(expr)                                           \
  __extension__({                                                \
    auto lind_try_result_ = (expr);                              \
    if (!lind_try_result_.ok()) return lind_try_result_.error(); \
    std::move(lind_try_result_).value();                         \
  })
