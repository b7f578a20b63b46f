#include "keep/signing.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <openssl/pem.h>

#include "base/check.h"

namespace lind::keep {
namespace {

struct ContextRelease {
  void operator()(EVP_MD_CTX* context) const noexcept { ::EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextRelease>;

// SAFETY of the casts: OpenSSL's bytes are ours.
unsigned char* data_of(std::span<std::byte> bytes) {
  void* const data = bytes.data();
  return static_cast<unsigned char*>(data);
}
const unsigned char* data_of(std::span<const std::byte> bytes) {
  const void* const data = bytes.data();
  return static_cast<const unsigned char*>(data);
}

}  // namespace

Sha384 sha384(std::initializer_list<std::span<const std::byte>> parts) {
  const Context context(::EVP_MD_CTX_new());
  LIND_CHECK(context != nullptr &&
             ::EVP_DigestInit_ex(context.get(), ::EVP_sha384(), nullptr) == 1);
  for (const std::span<const std::byte> part : parts)
    LIND_CHECK(::EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  Sha384 digest{};
  LIND_CHECK(::EVP_DigestFinal_ex(context.get(), data_of(std::span<std::byte>(digest)), nullptr) ==
             1);
  return digest;
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte each : bytes) {
    text += kDigits[std::to_integer<unsigned>(each) >> 4U];
    text += kDigits[std::to_integer<unsigned>(each) & 0xfU];
  }
  return text;
}

std::string to_base64(std::span<const std::byte> bytes) {
  // OpenSSL writes a NUL behind it.
  std::vector<std::byte> text((bytes.size() + 2) / 3 * 4 + 1);
  const int length = ::EVP_EncodeBlock(data_of(std::span<std::byte>(text)), data_of(bytes),
                                       static_cast<int>(bytes.size()));
  std::string out(static_cast<std::size_t>(length), '\0');
  std::memcpy(out.data(), text.data(), out.size());
  return out;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  constexpr std::size_t kMaxBytes = 65536;
  if (text.empty() || text.size() % 4 != 0 || text.size() > kMaxBytes) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  const int length =
      ::EVP_DecodeBlock(data_of(std::span<std::byte>(bytes)),
                        data_of(std::as_bytes(std::span(text))), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  // One form for each value: OpenSSL is more patient than that.
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

ErrorOr<SigningKey> SigningKey::create() {
  Key key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr) return Error("making a key failed");
  return SigningKey(std::move(key));
}

ErrorOr<SigningKey> SigningKey::load(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file.c_str(), "re"),
                                                               std::fclose);
  if (opened == nullptr) return host_error(file, errno);
  Key key(::PEM_read_PrivateKey(opened.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || ::EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
    return Error(file + ": no Ed25519 key in PEM form");
  }
  return SigningKey(std::move(key));
}

RawPublicKey SigningKey::public_key() const {
  RawPublicKey raw{};
  std::size_t size = raw.size();
  LIND_CHECK(::EVP_PKEY_get_raw_public_key(key_.get(), data_of(std::span<std::byte>(raw)), &size) ==
             1);
  return raw;
}

Signature SigningKey::sign(std::span<const std::byte> message) const {
  const Context context(::EVP_MD_CTX_new());
  Signature signature{};
  std::size_t size = signature.size();
  LIND_CHECK(context != nullptr &&
             ::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
             ::EVP_DigestSign(context.get(), data_of(std::span<std::byte>(signature)), &size,
                              data_of(message), message.size()) == 1);
  return signature;
}

bool is_signed(const RawPublicKey& key, std::span<const std::byte> message,
               const Signature& signature) {
  EVP_PKEY* const made = ::EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, data_of(std::span<const std::byte>(key)), key.size());
  const Context context(::EVP_MD_CTX_new());
  const bool good =
      made != nullptr && context != nullptr &&
      ::EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, made) == 1 &&
      ::EVP_DigestVerify(context.get(), data_of(std::span<const std::byte>(signature)),
                         signature.size(), data_of(message), message.size()) == 1;
  ::EVP_PKEY_free(made);
  return good;
}

}  // namespace lind::keep
