/// \file
/// Guest paths as text.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lind::rawposix {

inline constexpr std::size_t kMaxPathBytes = 4095;  // linux/limits.h, PATH_MAX without the NUL

/// A path cut at its slashes; "." and empty components are left out.
struct GuestPath {
  bool absolute = false;
  bool has_dot_dot = false;  ///< some component is ".."
  bool ends_in_dot = false;  ///< the last component is "."
  bool ends_in_slash = false;
  std::vector<std::string_view> names;  ///< ".." is among them
};

/// Ownership: the result points into `text`.
/// Errors: ENOENT for "", ENAMETOOLONG.
Result<GuestPath> parse_guest_path(std::string_view text);

/// "/a" + "b" is "/a/b", "/" + "b" is "/b".
std::string join_path(std::string_view directory, std::string_view name);
/// "/a/b" is "/a", "/a" and "/" are "/".
std::string parent_path(std::string_view path);
/// Whether `path` is `directory` or lies below it; both absolute and without "." or "..".
bool is_below(std::string_view path, std::string_view directory) noexcept;

}  // namespace lind::rawposix
