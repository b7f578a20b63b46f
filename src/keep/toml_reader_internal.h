/// \file
/// Values of a TOML file, each with where it stands in an error.

#pragma once

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "base/error.h"

namespace lind::keep {

/// "WHAT for key `KEY` at line L column C"; both count from 1.
Error error_at(std::string_view what, std::string_view key, const toml::source_region& place);

/// One value under the name that errors give it.  Ownership: borrows both.
struct Value {
  const toml::node& node;
  std::string_view key;

  Error error(std::string_view what) const { return error_at(what, key, node.source()); }
  /// "invalid type: integer, expected EXPECTED".
  Error wrong_type(std::string_view expected) const;

  /// Errors: another type; a NUL, which no program could be given.
  ErrorOr<std::string> string() const;
  ErrorOr<bool> boolean() const;
  /// Errors: another type; outside [low, high].
  ErrorOr<std::uint64_t> number(std::uint64_t low, std::uint64_t high) const;
  /// Bytes: a number, or text as "64MiB".  Errors: zero, and what is no size.
  ErrorOr<std::uint64_t> size() const;
  ErrorOr<std::vector<std::string>> strings() const;
  ErrorOr<const toml::table*> table() const;
  ErrorOr<const toml::array*> array() const;
};

/// The error for a key that is not one of `known`, with the likeliest of them.
Error unknown_key(const toml::key& found, std::string_view parent,
                  std::span<const std::string_view> known);

/// Errors: a key of `table` that is not one of `known`.
ErrorOr<void> check_keys(const toml::table& table, std::string_view parent,
                         std::initializer_list<std::string_view> known);

}  // namespace lind::keep
