/// \file
/// Errors of the host side: a sentence for a person, not a number for a guest.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace lind {

/// What went wrong, where and why, in one line: lower case, no full stop.
class Error {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}

  const std::string& message() const noexcept { return message_; }

  /// The same error as seen from one level up: "context: message".
  Error in(std::string_view context) && {
    message_.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }

 private:
  std::string message_;
};

/// A value, or an Error for a person.
template <typename T>
using ErrorOr = Result<T, Error>;

/// An Error "what: strerror(host_errno)".
Error host_error(std::string_view what, int host_errno);

}  // namespace lind
