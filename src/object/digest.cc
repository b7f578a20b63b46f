// The functions of OpenSSL 1.1, which 3.0 calls deprecated: they need no providers, whose set-up
// would cost every start of `lind` about a millisecond.
#define OPENSSL_API_COMPAT 0x10100000L

#include "object/digest.h"

#include <bit>
#include <tuple>

#include <fmt/core.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace lind::object {

static_assert(std::tuple_size_v<Digest> == SHA256_DIGEST_LENGTH);

struct Sha256::State {
  SHA256_CTX context{};
};

// The calls below fail only when the library's own self-test state is bad.
Sha256::Sha256() : state_(std::make_unique<State>()) {
  LIND_CHECK(SHA256_Init(&state_->context) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
  LIND_CHECK(SHA256_Update(&state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  LIND_CHECK(SHA256_Final(out.data(), &state_->context) == 1);
  return std::bit_cast<Digest>(out);
}

Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

std::string to_hex(const Digest& digest) {
  std::string text;
  for (const std::byte byte : digest)
    text += fmt::format("{:02x}", std::to_integer<int>(byte));
  return text;
}

}  // namespace lind::object
