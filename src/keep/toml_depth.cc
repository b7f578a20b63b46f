// What strings are, for text that may be no TOML: from the first mistake on, where the parser
// stops, the count may be anything.

#include <algorithm>

#include "keep/toml_depth_internal.h"

namespace lind::keep {
namespace {

/// `text` behind the string that starts it, whose quotes are `quote`.
std::string_view behind_string(std::string_view text, char quote) {
  const bool is_long = text.size() >= 3 && std::ranges::all_of(text.substr(0, 3), [quote](char c) {
                         return c == quote;
                       });
  const std::size_t num_quotes = is_long ? 3 : 1;
  text.remove_prefix(num_quotes);
  std::size_t in_row = 0;
  while (!text.empty() && in_row < num_quotes) {
    in_row = text.front() == quote ? in_row + 1 : 0;
    const bool escapes = quote == '"' && text.front() == '\\' && text.size() > 1;
    text.remove_prefix(escapes ? 2 : 1);
  }
  // Two quotes more may stand before the end of a long string, and belong to it.
  for (int i = 0; is_long && i < 2 && text.starts_with(quote); ++i)
    text.remove_prefix(1);
  return text;
}

}  // namespace

std::size_t count_key_dots(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    switch (text.front()) {
      case '"':
      case '\'':
        text = behind_string(text, text.front());
        continue;
      case '#':
        text.remove_prefix(std::min(text.find('\n'), text.size()));
        continue;
      case '.':
        ++count;
        break;
      default:
        break;
    }
    text.remove_prefix(1);
  }
  return count;
}

}  // namespace lind::keep
