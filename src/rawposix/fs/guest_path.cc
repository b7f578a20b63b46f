#include "rawposix/fs/guest_path.h"

#include <algorithm>

namespace lind::rawposix {

Result<GuestPath> parse_guest_path(std::string_view text) {
  if (text.empty()) return uapi::Errno::kENOENT;
  if (text.size() > kMaxPathBytes) return uapi::Errno::kENAMETOOLONG;
  GuestPath path;
  path.absolute = text.front() == '/';
  path.ends_in_slash = text.back() == '/';
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (name.empty()) continue;
    path.ends_in_dot = name == ".";
    if (name == ".") continue;
    path.has_dot_dot = path.has_dot_dot || name == "..";
    path.names.push_back(name);
  }
  return path;
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string joined(directory);
  if (joined.empty() || joined.back() != '/') joined += '/';
  joined += name;
  return joined;
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == 0 || slash == std::string_view::npos) return "/";
  return std::string(path.substr(0, slash));
}

bool is_below(std::string_view path, std::string_view directory) noexcept {
  if (directory == "/") return true;
  return path.substr(0, directory.size()) == directory &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace lind::rawposix
