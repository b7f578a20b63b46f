#include "keys.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "host/unique_fd.h"
#include "object/minisign.h"

namespace lind {
namespace {

constexpr char kSuffix[] = ".minisig";

ErrorOr<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return host_error(path, errno);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

ErrorOr<void> write_text(const std::string& path, const std::string& text, int flags, mode_t mode) {
  const host::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode));
  if (!file.valid()) return host_error(path, errno);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return host_error(path, errno);
  }
  return {};
}

std::string path_of_secret(const std::string& name) {
  return name.starts_with("raw:") ? name.substr(4) : name;
}

}  // namespace

ErrorOr<void> make_keys(const KeyFiles& files) {
  if (files.public_key.empty() || files.secret_key.empty()) {
    return Error("--keygen requires --signature-pk and --signature-sk");
  }
  const object::SecretKey key = LIND_TRY(object::make_key());
  LIND_TRY(write_text(path_of_secret(files.secret_key), object::format_key(key), O_EXCL, 0600));
  return write_text(files.public_key, object::format_key(object::public_of(key)), O_EXCL, 0644);
}

ErrorOr<void> sign_file(const std::string& path, std::span<const std::byte> contents,
                        const KeyFiles& files) {
  if (files.secret_key.empty()) return Error("--sign requires --signature-sk");
  const std::string text = LIND_TRY(read_text(path_of_secret(files.secret_key)));
  const object::SecretKey key = LIND_TRY(object::parse_secret_key(text));
  const std::string comment = fmt::format("timestamp:{}\tfile:{}\thashed", ::time(nullptr),
                                          path.substr(path.rfind('/') + 1));
  const std::string signature = LIND_TRY(object::sign(contents, key, comment));
  return write_text(path + kSuffix, signature, O_TRUNC, 0644);
}

}  // namespace lind
