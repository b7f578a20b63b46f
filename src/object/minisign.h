/// \file
/// Signatures of files in minisign's formats (https://jedisct1.github.io/minisign/): Ed25519 over
/// the BLAKE2b-512 digest of the file, and once more over the signature and its trusted comment.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lind::object {

/// Which pair a key or a signature belongs to; chosen at random, no secret.
using KeyNumber = std::array<std::byte, 8>;

struct PublicKey {
  KeyNumber number{};
  std::array<std::byte, 32> key{};
};
struct SecretKey {
  KeyNumber number{};
  std::array<std::byte, 32> seed{};
  std::array<std::byte, 32> public_key{};
};

/// Errors: no entropy.
ErrorOr<SecretKey> make_key();
PublicKey public_of(const SecretKey& key) noexcept;

/// The texts of key files.  A secret one has no password: its file's mode protects it.
std::string format_key(const PublicKey& key);
std::string format_key(const SecretKey& key);
/// Errors: not such a file; damaged; one with a password.
ErrorOr<PublicKey> parse_public_key(std::string_view text);
ErrorOr<SecretKey> parse_secret_key(std::string_view text);

/// The text of the signature file of `file`.  Requires: `comment` is one line.
ErrorOr<std::string> sign(std::span<const std::byte> file, const SecretKey& key,
                          std::string_view comment);
/// Returns the trusted comment.
/// Errors: not a signature file; of another key; the signature of another file; a comment that was
/// changed.
ErrorOr<std::string> check_signature(std::span<const std::byte> file, std::string_view signature,
                                     const PublicKey& key);

/// check_signature with the files PATH.minisig and `public_key_file`.
/// Errors: also the host's.
ErrorOr<void> check_signature_file(const std::string& path, std::span<const std::byte> file,
                                   const std::string& public_key_file);

}  // namespace lind::object
