/// \file
/// Signatures and public keys in the form of minisign, which can check and make them too.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "keep/signing.h"

namespace lind::keep {

/// A public key with the number that signatures name it by.
struct MinisignKey {
  std::array<std::byte, 8> id;
  RawPublicKey key;
};

/// Of the key that signs; its number is made from the key.
MinisignKey minisign_key(const SigningKey& key);
/// The two lines of a public key file.
std::string to_text(const MinisignKey& key);
/// Reads a public key file.  Errors: it is none.
ErrorOr<MinisignKey> parse_minisign_key(std::string_view text);

/// The four lines of a signature file, of the kind that signs BLAKE2b-512 of the message.
/// Requires: `trusted_comment` is one line.
std::string minisign(const SigningKey& key, std::span<const std::byte> message,
                     std::string_view trusted_comment);

/// Checks a signature file of either kind, the trusted comment included.
/// Errors: it is none, of another key, does not match.
ErrorOr<void> check_minisign(const MinisignKey& key, std::span<const std::byte> message,
                             std::string_view signature);

}  // namespace lind::keep
