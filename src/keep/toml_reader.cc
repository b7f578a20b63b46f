#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>

#include <fmt/core.h>

#include "base/checked.h"
#include "keep/toml_reader_internal.h"

namespace lind::keep {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

/// How many letters must change to make one word of the other.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string_view> likeliest(std::string_view word,
                                          std::span<const std::string_view> known) {
  constexpr std::size_t kMaxWord = 64;  // a stranger wrote it
  if (word.size() > kMaxWord) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = (word.size() + 2) / 3 + 1;
  for (const std::string_view candidate : known) {
    const std::size_t found = distance(word, candidate);
    if (found >= best_distance) continue;
    best = candidate;
    best_distance = found;
  }
  return best;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  constexpr std::array kUnits = {Unit{"", 1}, Unit{"B", 1}, Unit{"KiB", std::uint64_t{1} << 10U},
                                 Unit{"MiB", std::uint64_t{1} << 20U},
                                 Unit{"GiB", std::uint64_t{1} << 30U}};
  std::uint64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  while (unit.starts_with(' '))
    unit.remove_prefix(1);
  const auto found = std::ranges::find(kUnits, unit, &Unit::name);
  if (found == kUnits.end()) return std::nullopt;
  const auto bytes = checked_mul(count, found->bytes);
  return bytes.has_value() && *bytes != 0 ? std::optional(*bytes) : std::nullopt;
}

}  // namespace

Error error_at(std::string_view what, std::string_view key, const toml::source_region& place) {
  return Error(fmt::format("{} for key `{}` at line {} column {}", what, key, place.begin.line,
                           place.begin.column));
}

Error Value::wrong_type(std::string_view expected) const {
  return error(fmt::format("invalid type: {}, expected {}", type_name(node), expected));
}

ErrorOr<std::string> Value::string() const {
  const auto* const found = node.as_string();
  if (found == nullptr) return wrong_type("a string");
  if (found->get().find('\0') != std::string::npos) return error("a string with a NUL");
  return found->get();
}

ErrorOr<bool> Value::boolean() const {
  const auto* const found = node.as_boolean();
  if (found == nullptr) return wrong_type("a boolean");
  return found->get();
}

ErrorOr<std::uint64_t> Value::number(std::uint64_t low, std::uint64_t high) const {
  const auto* const found = node.as_integer();
  if (found == nullptr) return wrong_type("an integer");
  const std::int64_t value = found->get();
  const auto as_unsigned = static_cast<std::uint64_t>(value);
  if (value < 0 || as_unsigned < low || as_unsigned > high) {
    return error(fmt::format("invalid value: integer `{}`, expected {} to {}", value, low, high));
  }
  return as_unsigned;
}

ErrorOr<std::uint64_t> Value::size() const {
  if (node.is_integer()) return number(1, std::numeric_limits<std::int64_t>::max());
  const std::string text = LIND_TRY(string());
  const std::optional<std::uint64_t> bytes = parse_size(text);
  if (!bytes) return error(fmt::format("invalid value: `{}`, expected a size as 64MiB", text));
  return *bytes;
}

ErrorOr<std::vector<std::string>> Value::strings() const {
  const toml::array* const found = LIND_TRY(array());
  std::vector<std::string> all;
  for (const toml::node& each : *found)
    all.push_back(LIND_TRY((Value{each, key}.string())));
  return all;
}

ErrorOr<const toml::table*> Value::table() const {
  if (node.as_table() == nullptr) return wrong_type("a table");
  return node.as_table();
}

ErrorOr<const toml::array*> Value::array() const {
  if (node.as_array() == nullptr) return wrong_type("an array");
  return node.as_array();
}

Error unknown_key(const toml::key& found, std::string_view parent,
                  std::span<const std::string_view> known) {
  const std::optional<std::string_view> meant = likeliest(found.str(), known);
  std::string text = fmt::format("unknown field `{}`", found.str());
  if (meant) text += fmt::format(", did you mean `{}`?", *meant);
  return error_at(text, parent.empty() ? found.str() : parent, found.source());
}

ErrorOr<void> check_keys(const toml::table& table, std::string_view parent,
                         std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known, key.str()) == known.end()) {
      return unknown_key(key, parent, {known.begin(), known.size()});
    }
  }
  return {};
}

}  // namespace lind::keep
