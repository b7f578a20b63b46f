#include "object/minisign.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "object/blake2b.h"
#include "object/digest.h"

namespace lind::object {
namespace {

// Made by minisign 0.11.
constexpr char kPublic[] =
    "untrusted comment: minisign public key A89F86C71BC8DA31\n"
    "RWQx2sgbx4afqJ7Pj5LnIT7UPQRMs2iV0UFQfD+tVYNYB5MlO6x4LiW5\n";
constexpr char kSecret[] =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMdrIG8eGn6h6EGvc15H5CH"
    "AB"
    "OaYc/"
    "FxyNjDm1+8qSE8JIxO4h7rETZ7Pj5LnIT7UPQRMs2iV0UFQfD+tVYNYB5MlO6x4LiW5AAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAA=\n";
constexpr char kPrehashed[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQx2sgbx4afqNZw6GGnTivXexbpQdjqm89lJJs8rwmCTgCNJwGcfQOJINo3tfN+"
    "dBD0zR2+NLgIOzb7Xm8NmL+dP6vtOZfSwwY=\n"
    "trusted comment: a trusted comment\n"
    "gKBAvvzaELbwkjK5KI/AFirJRQRN6JruB/"
    "35k6NOzamrEgIhOFHHPXujVoe0aDfuc2xGrWUgAvUgsi2A+oWACQ==\n";
constexpr char kPlain[] =
    "untrusted comment: signature from minisign secret key\n"
    "RWQx2sgbx4afqFE6kRRuDWKRfhC0ERjUbdlCd6eMlSMBiCg1cXp2cIP8AUMXXx0zKIFaZtnfwdUmsb6zoPcCnQf7qKiokB"
    "FZ"
    "uww=\n"
    "trusted comment: old\n"
    "UaRu5dtELXkvIKI2uUPjAAret3ql/bPTDc7BZIR5+KQ3UxFnR1q66E3GRwXlc3pwEmP3ngNzJnz6nOdH+VQTCg==\n";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Blake2b, IsAsInRfc7693) {
  Digest digest = blake2b_256(bytes_of("abc"));
  EXPECT_EQ(to_hex(digest), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  const auto head_of = [](std::size_t size) {
    std::vector<std::byte> data(size);
    for (std::size_t i = 0; i < size; ++i)
      data[i] = static_cast<std::byte>(i % 251);
    const auto all = blake2b_512(data);
    Digest head{};
    std::copy_n(all.begin(), head.size(), head.begin());
    return to_hex(head).substr(0, 32);
  };
  EXPECT_EQ(head_of(0), "786a02f742015903c6c6fd852552d272");
  EXPECT_EQ(head_of(1), "2fa3f686df876995167e7c2e5d74c4c7");
  EXPECT_EQ(head_of(128), "2319e3789c47e2daa5fe807f61bec2a1");
  EXPECT_EQ(head_of(129), "f59711d44a031d5f97a9413c065d1e61");
  EXPECT_EQ(head_of(300), "3a482b7748b0bdc43c3d00c080890c10");
}

TEST(Minisign, ChecksWhatMinisignSigned) {
  const ErrorOr<PublicKey> key = parse_public_key(kPublic);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(check_signature(bytes_of("hello\n"), kPrehashed, key.value()).value(),
            "a trusted comment");
  EXPECT_EQ(check_signature(bytes_of("hello\n"), kPlain, key.value()).value(), "old");
  EXPECT_FALSE(check_signature(bytes_of("hello"), kPrehashed, key.value()).ok());
  EXPECT_FALSE(check_signature(bytes_of("hello"), kPlain, key.value()).ok());
  std::string changed = kPrehashed;
  changed.replace(changed.find("a trusted"), 1, "A");
  EXPECT_EQ(check_signature(bytes_of("hello\n"), changed, key.value()).error().message(),
            "the signature's comment was changed");
}

TEST(Minisign, SignsAsMinisignDoes) {
  const ErrorOr<SecretKey> key = parse_secret_key(kSecret);
  ASSERT_TRUE(key.ok()) << key.error().message();
  EXPECT_EQ(format_key(public_of(key.value())), kPublic);
  const std::string text = sign(bytes_of("hello\n"), key.value(), "a trusted comment").value();
  // Ed25519 is deterministic.
  EXPECT_EQ(text.substr(text.find('\n')),
            std::string(kPrehashed).substr(std::string(kPrehashed).find('\n')));
}

TEST(Minisign, MakesKeys) {
  const SecretKey one = make_key().value();
  const SecretKey other = make_key().value();
  EXPECT_EQ(format_key(parse_secret_key(format_key(one)).value()), format_key(one));
  const std::string signature = sign(bytes_of("file"), one, "").value();
  EXPECT_TRUE(check_signature(bytes_of("file"), signature, public_of(one)).ok());
  EXPECT_FALSE(check_signature(bytes_of("file"), signature, public_of(other)).ok());
  PublicKey wrong = public_of(other);
  wrong.number = one.number;
  EXPECT_FALSE(check_signature(bytes_of("file"), signature, wrong).ok());
}

// Files of strangers: every byte changed, every length.
TEST(Minisign, RefusesWhatIsDamaged) {
  const PublicKey key = parse_public_key(kPublic).value();
  const std::string whole = kPrehashed;
  const std::size_t start = whole.find('\n') + 1;
  for (std::size_t i = start; i + 1 < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(check_signature(bytes_of("hello\n"), damaged, key).ok()) << i;
  }
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    // Padding says nothing.
    EXPECT_EQ(check_signature(bytes_of("hello\n"), cut, key).ok(), size + 3 >= whole.size())
        << size;
    (void)parse_secret_key(std::string(kSecret).substr(0, size));
    (void)parse_public_key(cut);
  }
  EXPECT_FALSE(parse_secret_key(kPublic).ok());
  EXPECT_FALSE(parse_public_key(kSecret).ok());
  EXPECT_FALSE(parse_public_key(std::string(1 << 20, 'x')).ok());
}

}  // namespace
}  // namespace lind::object
