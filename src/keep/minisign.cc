// Source: jedisct1.github.io/minisign, "Signature format" and "Public key format".

#include "keep/minisign.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"

namespace lind::keep {
namespace {

constexpr std::string_view kComment = "untrusted comment: ";
constexpr std::string_view kTrustedComment = "trusted comment: ";
constexpr std::string_view kOfMessage = "Ed";
constexpr std::string_view kOfDigest = "ED";

/// What the base64 lines hold: algorithm, number of the key, then a key or a signature.
struct Blob {
  std::string algorithm;
  std::array<std::byte, 8> id;
  std::vector<std::byte> rest;
};

std::string to_text(std::string_view algorithm, std::span<const std::byte> id,
                    std::span<const std::byte> rest) {
  const auto bytes = std::as_bytes(std::span(algorithm));
  std::vector<std::byte> all(bytes.begin(), bytes.end());
  all.insert(all.end(), id.begin(), id.end());
  all.insert(all.end(), rest.begin(), rest.end());
  return to_base64(all);
}

std::optional<Blob> parse_blob(std::string_view line) {
  constexpr std::size_t kHeadBytes = 10;
  const std::optional<std::vector<std::byte>> bytes = from_base64(line);
  if (!bytes || bytes->size() < kHeadBytes) return std::nullopt;
  Blob blob{.algorithm = std::string(2, '\0'), .id = {}, .rest = {}};
  std::memcpy(blob.algorithm.data(), bytes->data(), 2);
  std::memcpy(blob.id.data(), bytes->data() + 2, blob.id.size());
  blob.rest.assign(bytes->begin() + kHeadBytes, bytes->end());
  return blob;
}

/// The lines of a short text, without an empty last one.
std::vector<std::string_view> lines_of(std::string_view text) {
  constexpr std::size_t kMaxLines = 5;
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kMaxLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    if (lines.back().ends_with('\r')) lines.back().remove_suffix(1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::array<std::byte, 64> blake2b(std::span<const std::byte> message) {
  std::array<std::byte, 64> digest{};
  void* const data = digest.data();
  LIND_CHECK(::EVP_Digest(message.data(), message.size(), static_cast<unsigned char*>(data),
                          nullptr, ::EVP_blake2b512(), nullptr) == 1);
  return digest;
}

/// What the second signature of a file is of.
std::vector<std::byte> with_comment(const Signature& signature, std::string_view comment) {
  std::vector<std::byte> all(signature.begin(), signature.end());
  const auto bytes = std::as_bytes(std::span(comment));
  all.insert(all.end(), bytes.begin(), bytes.end());
  return all;
}

std::optional<Signature> to_signature(std::span<const std::byte> bytes) {
  Signature signature{};
  if (bytes.size() != signature.size()) return std::nullopt;
  std::ranges::copy(bytes, signature.begin());
  return signature;
}

}  // namespace

MinisignKey minisign_key(const SigningKey& key) {
  MinisignKey made{.id = {}, .key = key.public_key()};
  const Sha384 digest = sha384({made.key});
  std::copy_n(digest.begin(), made.id.size(), made.id.begin());
  return made;
}

std::string to_text(const MinisignKey& key) {
  return fmt::format("{}minisign public key {}\n{}\n", kComment, to_hex(key.id),
                     to_text(kOfMessage, key.id, key.key));
}

ErrorOr<MinisignKey> parse_minisign_key(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  const std::optional<Blob> blob = lines.size() == 2 ? parse_blob(lines[1]) : std::nullopt;
  MinisignKey key{};
  if (!blob || !lines[0].starts_with(kComment) || blob->algorithm != kOfMessage ||
      blob->rest.size() != key.key.size()) {
    return Error("no public key of minisign");
  }
  key.id = blob->id;
  std::ranges::copy(blob->rest, key.key.begin());
  return key;
}

std::string minisign(const SigningKey& key, std::span<const std::byte> message,
                     std::string_view trusted_comment) {
  const MinisignKey own = minisign_key(key);
  const Signature signature = key.sign(blake2b(message));
  const Signature global = key.sign(with_comment(signature, trusted_comment));
  return fmt::format("{}signature by lind keep\n{}\n{}{}\n{}\n", kComment,
                     to_text(kOfDigest, own.id, signature), kTrustedComment, trusted_comment,
                     to_base64(global));
}

ErrorOr<void> check_minisign(const MinisignKey& key, std::span<const std::byte> message,
                             std::string_view signature) {
  const std::vector<std::string_view> lines = lines_of(signature);
  const std::optional<Blob> blob = lines.size() == 4 ? parse_blob(lines[1]) : std::nullopt;
  const std::optional<Signature> own = blob ? to_signature(blob->rest) : std::nullopt;
  if (!own || !lines[0].starts_with(kComment) || !lines[2].starts_with(kTrustedComment)) {
    return Error("no signature of minisign");
  }
  const std::optional<std::vector<std::byte>> global_bytes = from_base64(lines[3]);
  const std::optional<Signature> global = global_bytes ? to_signature(*global_bytes) : std::nullopt;
  if (!global) return Error("no signature of minisign");
  if (blob->id != key.id) {
    return Error(fmt::format("signed by key {}, not by {}", to_hex(blob->id), to_hex(key.id)));
  }
  const bool is_good = blob->algorithm == kOfDigest    ? is_signed(key.key, blake2b(message), *own)
                       : blob->algorithm == kOfMessage ? is_signed(key.key, message, *own)
                                                       : false;
  if (!is_good) return Error("the signature does not match");
  const std::string_view comment = lines[2].substr(kTrustedComment.size());
  if (!is_signed(key.key, with_comment(*own, comment), *global)) {
    return Error("the trusted comment was changed");
  }
  return {};
}

}  // namespace lind::keep
