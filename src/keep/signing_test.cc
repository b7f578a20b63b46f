#include "keep/signing.h"

#include <string>

#include <gtest/gtest.h>

#include "keep/minisign.h"
#include "keep/report.h"

namespace lind::keep {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string error_of(const ErrorOr<void>& result) {
  return result.ok() ? "no error" : result.error().message();
}

SigningKey make_key() {
  ErrorOr<SigningKey> key = SigningKey::create();
  EXPECT_TRUE(key.ok());
  return std::move(key).value();
}

TEST(Signing, HashesParts) {
  // FIPS 180-4, example of SHA-384: "abc".
  EXPECT_EQ(to_hex(sha384({bytes("a"), bytes(""), bytes("bc")})),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
}

TEST(Signing, ReadsOneFormOfBase64) {
  EXPECT_EQ(to_base64(bytes("ab")), "YWI=");
  const auto read = from_base64("YWI=");
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(std::ranges::equal(*read, bytes("ab")));
  for (const char* wrong : {"", "YWI", "YWJ=", "YW==I", " YWI=", "YW I", "====", "YWI=\n", "Y*I="})
    EXPECT_FALSE(from_base64(wrong).has_value()) << wrong;
}

TEST(Signing, ChecksSignatures) {
  const SigningKey key = make_key();
  Signature signature = key.sign(bytes("message"));
  EXPECT_TRUE(is_signed(key.public_key(), bytes("message"), signature));
  EXPECT_FALSE(is_signed(key.public_key(), bytes("messagE"), signature));
  EXPECT_FALSE(is_signed(make_key().public_key(), bytes("message"), signature));
  signature[5] ^= std::byte{1};
  EXPECT_FALSE(is_signed(key.public_key(), bytes("message"), signature));
}

// Made by minisign itself.
constexpr char kForeignKey[] =
    "untrusted comment: minisign public key E7620F1842B4E81F\n"
    "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";
constexpr char kForeignSignature[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo"
    "8KLzZwo=\n"
    "trusted comment: timestamp:1633700835\tfile:test\tprehashed\n"
    "wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";

TEST(Minisign, ChecksWhatMinisignSigned) {
  const ErrorOr<MinisignKey> key = parse_minisign_key(kForeignKey);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(error_of(check_minisign(key.value(), bytes("test"), kForeignSignature)), "no error");
  EXPECT_EQ(error_of(check_minisign(key.value(), bytes("Test"), kForeignSignature)),
            "the signature does not match");
  std::string changed = kForeignSignature;
  changed.replace(changed.find("file:test"), 9, "file:tesT");
  EXPECT_EQ(error_of(check_minisign(key.value(), bytes("test"), changed)),
            "the trusted comment was changed");
}

TEST(Minisign, ChecksItsOwn) {
  const SigningKey key = make_key();
  const ErrorOr<MinisignKey> read = parse_minisign_key(to_text(minisign_key(key)));
  ASSERT_TRUE(read.ok());
  const std::string signature = minisign(key, bytes("message"), "a comment");
  EXPECT_EQ(error_of(check_minisign(read.value(), bytes("message"), signature)), "no error");
  const std::string error =
      error_of(check_minisign(minisign_key(make_key()), bytes("message"), signature));
  EXPECT_TRUE(error.starts_with("signed by key ")) << error;
}

TEST(Minisign, RefusesWhatIsNone) {
  const SigningKey key = make_key();
  const std::string good = minisign(key, bytes("m"), "c");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string text = good;
    text.erase(i);
    if (text + "\n" == good) continue;  // the last end of line may be missing
    EXPECT_NE(error_of(check_minisign(minisign_key(key), bytes("m"), text)), "no error") << i;
  }
  for (const char* wrong : {"", "untrusted comment: x\n", "untrusted comment: x\nRWQf\n", "a\nb\n"})
    EXPECT_FALSE(parse_minisign_key(wrong).ok()) << wrong;
}

TEST(Report, IsAChainThatIsSealed) {
  const SigningKey key = make_key();
  Report report;
  report.add("first");
  report.add("second\nline\\");
  const std::string text = report.seal(key);
  const ErrorOr<CheckedReport> checked = check_report(text);
  ASSERT_TRUE(checked.ok()) << checked.error().message();
  EXPECT_EQ(checked.value().entries, (std::vector<std::string>{"first", "second\\x0aline\\x5c"}));
  EXPECT_EQ(checked.value().measurement, report.measurement());
  EXPECT_EQ(checked.value().key, key.public_key());
}

TEST(Report, ShowsEveryChange) {
  const SigningKey key = make_key();
  Report report;
  report.add("first");
  report.add("second");
  const std::string text = report.seal(key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(check_report(changed).ok()) << i;
    EXPECT_FALSE(check_report(text.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(check_report(text + "x\n").ok());
}

TEST(Report, IsTheSameForTheSame) {
  Report one;
  Report other;
  for (Report* report : {&one, &other})
    report->add("entry");
  EXPECT_EQ(one.measurement(), other.measurement());
  other.add("");
  EXPECT_NE(one.measurement(), other.measurement());
}

}  // namespace
}  // namespace lind::keep
