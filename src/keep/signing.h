/// \file
/// Digests and Ed25519 signatures.

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "base/error.h"

namespace lind::keep {

using Sha384 = std::array<std::byte, 48>;
using Signature = std::array<std::byte, 64>;
using RawPublicKey = std::array<std::byte, 32>;

/// Of all parts, one behind the other.
Sha384 sha384(std::initializer_list<std::span<const std::byte>> parts);
std::string to_hex(std::span<const std::byte> bytes);

std::string to_base64(std::span<const std::byte> bytes);
/// Nothing if it is none: also with white space, or padding that is not minimal.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

/// A key that signs.  Threading: one thread.
class SigningKey {
 public:
  /// Errors: OpenSSL's.
  static ErrorOr<SigningKey> create();
  /// From PEM, as `openssl genpkey -algorithm ed25519` writes it.
  /// Errors: "FILE: ...": it cannot be read, is no such key.
  static ErrorOr<SigningKey> load(const std::string& file);

  RawPublicKey public_key() const;
  Signature sign(std::span<const std::byte> message) const;

 private:
  struct Release {
    void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Release>;
  explicit SigningKey(Key key) : key_(std::move(key)) {}
  Key key_;
};

bool is_signed(const RawPublicKey& key, std::span<const std::byte> message,
               const Signature& signature);

}  // namespace lind::keep
