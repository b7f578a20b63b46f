/// \file
/// How deep a TOML file can nest by its dotted keys.

#pragma once

#include <cstddef>
#include <string_view>

namespace lind::keep {

/// The dots of `text` outside strings and comments.  Each can be one level of tables, which the
/// parser walks by recursion; levels of brackets it limits itself.
std::size_t count_key_dots(std::string_view text);

}  // namespace lind::keep
