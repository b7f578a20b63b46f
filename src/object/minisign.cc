// Formats: https://jedisct1.github.io/minisign/, sections "Signature format" and following.

#include "object/minisign.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include <fmt/core.h>
#include <openssl/evp.h>

#include "object/blake2b.h"

namespace lind::object {
namespace {

using Algorithm = std::array<char, 2>;
using SignatureBytes = std::array<std::byte, 64>;

constexpr Algorithm kEd25519 = {'E', 'd'};
constexpr Algorithm kPrehashed = {'E', 'D'};
constexpr Algorithm kBlake2b = {'B', '2'};
constexpr Algorithm kScrypt = {'S', 'c'};
constexpr Algorithm kNoPassword = {'\0', '\0'};
constexpr std::size_t kMaxFileBytes = 64 * 1024;
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr std::string_view kUntrusted = "untrusted comment: ";

// What the lines of base64 hold.  All are bytes: there is no padding.
struct PublicKeyRecord {
  Algorithm algorithm;
  KeyNumber number;
  std::array<std::byte, 32> key;
};
static_assert(sizeof(PublicKeyRecord) == 42);
struct SecretKeyRecord {
  Algorithm algorithm;
  Algorithm password;
  Algorithm checksum_algorithm;
  std::array<std::byte, 32> salt;
  std::array<std::byte, 16> password_limits;
  KeyNumber number;
  std::array<std::byte, 32> seed;
  std::array<std::byte, 32> public_key;
  std::array<std::byte, 32> checksum;
};
static_assert(sizeof(SecretKeyRecord) == 158);
struct SignatureRecord {
  Algorithm algorithm;
  KeyNumber number;
  SignatureBytes signature;
};
static_assert(sizeof(SignatureRecord) == 74);

// --- base64 -----------------------------------------------------------------------------------

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::span<const std::byte> bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j)
      text += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  std::vector<std::byte> bytes;
  std::uint32_t group = 0;
  std::uint32_t num_bits = 0;
  for (const char digit : text) {
    const std::size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    group = (group << 6 | static_cast<std::uint32_t>(value)) & 0xfffff;
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes.push_back(static_cast<std::byte>(group >> num_bits & 0xff));
  }
  return bytes;
}

template <typename T>
std::optional<T> record_of(std::string_view line) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::optional<std::vector<std::byte>> bytes = from_base64(line);
  if (!bytes || bytes->size() != sizeof(T)) return std::nullopt;
  T record{};
  std::memcpy(&record, bytes->data(), sizeof(T));
  return record;
}

template <typename T>
std::string line_of(const T& record) {
  return to_base64(std::as_bytes(std::span(&record, 1))) + "\n";
}

// The lines of a key or signature file, without ends.
ErrorOr<std::vector<std::string_view>> lines_of(std::string_view text, std::size_t count) {
  if (text.size() > kMaxFileBytes) return Error("too long for a file of minisign");
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (lines.size() < count || !lines.front().starts_with(kUntrusted)) {
    return Error("not a file of minisign");
  }
  return lines;
}

// --- Ed25519 ----------------------------------------------------------------------------------

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// SAFETY: std::byte and unsigned char may name each other's bytes.
const unsigned char* raw(const std::byte* bytes) noexcept {
  return static_cast<const unsigned char*>(static_cast<const void*>(bytes));
}
unsigned char* raw(std::byte* bytes) noexcept {
  return static_cast<unsigned char*>(static_cast<void*>(bytes));
}

Key private_key(const SecretKey& key) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(key.seed.data()),
                                       key.seed.size()),
          EVP_PKEY_free};
}

ErrorOr<SignatureBytes> sign_bytes(std::span<const std::byte> bytes, const SecretKey& key) {
  const Key evp = private_key(key);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  SignatureBytes signature{};
  std::size_t size = signature.size();
  if (evp == nullptr || context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, evp.get()) != 1 ||
      EVP_DigestSign(context.get(), raw(signature.data()), &size, raw(bytes.data()),
                     bytes.size()) != 1 ||
      size != signature.size()) {
    return Error("Ed25519 is not available");
  }
  return signature;
}

bool is_signed(std::span<const std::byte> bytes, const SignatureBytes& signature,
               const PublicKey& key) {
  const Key evp(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key.key.data()), key.key.size()),
      EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return evp != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, evp.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature.data()), signature.size(), raw(bytes.data()),
                          bytes.size()) == 1;
}

// What the second signature is over.
std::vector<std::byte> with_comment(const SignatureBytes& signature, std::string_view comment) {
  std::vector<std::byte> bytes(signature.begin(), signature.end());
  const auto text = std::as_bytes(std::span(comment));
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

std::string name_of(const KeyNumber& number) {
  return fmt::format("{:016X}", std::bit_cast<std::uint64_t>(number));
}

std::array<std::byte, 32> checksum_of(const SecretKeyRecord& record) {
  std::vector<std::byte> bytes;
  const auto add = [&bytes](std::span<const std::byte> part) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  };
  add(std::as_bytes(std::span(record.algorithm)));
  add(record.number);
  add(record.seed);
  add(record.public_key);
  return blake2b_256(bytes);
}

ErrorOr<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return host_error(path, errno);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool fill_at_random(std::span<std::byte> bytes) {
  return ::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

ErrorOr<SecretKey> make_key() {
  SecretKey key;
  if (!fill_at_random(key.number) || !fill_at_random(key.seed)) return Error("no random numbers");
  const Key evp = private_key(key);
  std::size_t size = key.public_key.size();
  if (evp == nullptr ||
      EVP_PKEY_get_raw_public_key(evp.get(), raw(key.public_key.data()), &size) != 1) {
    return Error("Ed25519 is not available");
  }
  return key;
}

PublicKey public_of(const SecretKey& key) noexcept {
  return {.number = key.number, .key = key.public_key};
}

std::string format_key(const PublicKey& key) {
  return fmt::format("{}minisign public key {}\n", kUntrusted, name_of(key.number)) +
         line_of(PublicKeyRecord{kEd25519, key.number, key.key});
}

std::string format_key(const SecretKey& key) {
  SecretKeyRecord record{.algorithm = kEd25519,
                         .password = kNoPassword,
                         .checksum_algorithm = kBlake2b,
                         .salt = {},
                         .password_limits = {},
                         .number = key.number,
                         .seed = key.seed,
                         .public_key = key.public_key,
                         .checksum = {}};
  record.checksum = checksum_of(record);
  return fmt::format("{}minisign secret key {}\n", kUntrusted, name_of(key.number)) +
         line_of(record);
}

ErrorOr<PublicKey> parse_public_key(std::string_view text) {
  const std::vector<std::string_view> lines = LIND_TRY(lines_of(text, 2));
  const auto record = record_of<PublicKeyRecord>(lines[1]);
  if (!record || record->algorithm != kEd25519) return Error("not a public key of minisign");
  return PublicKey{.number = record->number, .key = record->key};
}

ErrorOr<SecretKey> parse_secret_key(std::string_view text) {
  const std::vector<std::string_view> lines = LIND_TRY(lines_of(text, 2));
  const auto record = record_of<SecretKeyRecord>(lines[1]);
  if (!record || record->algorithm != kEd25519) return Error("not a secret key of minisign");
  if (record->password == kScrypt) {
    return Error("the secret key has a password: use one without (lindc --keygen, minisign -G -W)");
  }
  // minisign 0.11 leaves the checksum of a key without a password empty.
  const bool is_whole =
      record->checksum == std::array<std::byte, 32>{} || record->checksum == checksum_of(*record);
  if (record->password != kNoPassword || record->checksum_algorithm != kBlake2b || !is_whole) {
    return Error("the secret key is damaged");
  }
  return SecretKey{
      .number = record->number, .seed = record->seed, .public_key = record->public_key};
}

ErrorOr<std::string> sign(std::span<const std::byte> file, const SecretKey& key,
                          std::string_view comment) {
  const SignatureBytes signature = LIND_TRY(sign_bytes(blake2b_512(file), key));
  const SignatureBytes of_all = LIND_TRY(sign_bytes(with_comment(signature, comment), key));
  return fmt::format("{}signature from lindc\n", kUntrusted) +
         line_of(SignatureRecord{kPrehashed, key.number, signature}) +
         fmt::format("{}{}\n", kTrusted, comment) + line_of(of_all);
}

ErrorOr<std::string> check_signature(std::span<const std::byte> file, std::string_view signature,
                                     const PublicKey& key) {
  const std::vector<std::string_view> lines = LIND_TRY(lines_of(signature, 4));
  const auto record = record_of<SignatureRecord>(lines[1]);
  const auto of_all = record_of<SignatureBytes>(lines[3]);
  const bool is_known =
      record && (record->algorithm == kPrehashed || record->algorithm == kEd25519);
  if (!is_known || !of_all || !lines[2].starts_with(kTrusted)) {
    return Error("not a signature of minisign");
  }
  if (record->number != key.number) {
    return Error(fmt::format("signed with the key {}, not with {}", name_of(record->number),
                             name_of(key.number)));
  }
  const bool fits = record->algorithm == kPrehashed
                        ? is_signed(blake2b_512(file), record->signature, key)
                        : is_signed(file, record->signature, key);
  if (!fits) return Error("the signature is not this file's");
  const std::string_view comment = lines[2].substr(kTrusted.size());
  if (!is_signed(with_comment(record->signature, comment), *of_all, key)) {
    return Error("the signature's comment was changed");
  }
  return std::string(comment);
}

ErrorOr<void> check_signature_file(const std::string& path, std::span<const std::byte> file,
                                   const std::string& public_key_file) {
  if (public_key_file.empty()) return Error("signature verification requires a public key");
  const std::string key_text = LIND_TRY(read_text(public_key_file));
  const PublicKey key = LIND_TRY(parse_public_key(key_text));
  const std::string signature = LIND_TRY(read_text(path + ".minisig"));
  LIND_TRY(check_signature(file, signature, key));
  return {};
}

}  // namespace lind::object
