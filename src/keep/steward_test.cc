#include "keep/steward.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::keep {
namespace {

using testing::HasSubstr;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string body_of(std::string_view answer) {
  const ErrorOr<std::span<const std::byte>> body = http_body(bytes(answer));
  if (!body.ok()) return body.error().message();
  std::string text;
  for (const std::byte each : body.value())
    text += static_cast<char>(each);
  return text;
}

TEST(Steward, ReadsUrls) {
  const auto read = [](const std::string& url) {
    const ErrorOr<StewardPlace> place = parse_steward_url(url);
    return place.ok() ? place.value().host + "|" + std::to_string(place.value().port) + "|" +
                            place.value().path
                      : std::string("wrong");
  };
  EXPECT_EQ(read("https://host"), "host|443|/");
  EXPECT_EQ(read("https://host:8443/a/b"), "host|8443|/a/b");
  EXPECT_EQ(read("https://[::1]:1/"), "::1|1|/");
  EXPECT_EQ(read("https://[::1]"), "::1|443|/");
  for (const char* wrong :
       {"http://host", "https://", "https:///x", "https://host:0", "https://h:x", "https://h:65536",
        "https://a b", "https://h/\r\nX: y", "https://u@h"})
    EXPECT_EQ(read(wrong), "wrong") << wrong;
}

TEST(Steward, WritesOneRequest) {
  const StewardPlace place{.host = "::1", .port = 8443, .path = "/x"};
  EXPECT_EQ(http_request(place, bytes("abc")),
            "POST /x HTTP/1.1\r\nHost: [::1]:8443\r\nContent-Type: application/pkcs10\r\n"
            "Content-Length: 3\r\nConnection: close\r\n\r\nabc");
}

TEST(Steward, ReadsAnswers) {
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nabc"), "ab");
  EXPECT_EQ(body_of("HTTP/1.0 200 OK\r\n\r\nabc"), "abc");
  EXPECT_EQ(body_of("HTTP/1.1 401 Unauthorized\r\n\r\nabc"),
            "steward: it answered HTTP/1.1 401 Unauthorized");
  EXPECT_THAT(body_of("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"), HasSubstr("cut"));
  EXPECT_THAT(body_of("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc"), HasSubstr("cut"));
  EXPECT_THAT(body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              HasSubstr("chunked"));
  for (const char* wrong :
       {"", "HTTP/1.1 200 OK", "\r\n\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.1\r\n\r\n"})
    EXPECT_THAT(body_of(wrong), HasSubstr("steward: ")) << wrong;
}

TEST(Steward, RefusesWhatIsNoPath) {
  const auto error_of = [](std::string_view der) {
    ErrorOr<OpensslPtr<EVP_PKEY>> key = make_key();
    const ErrorOr<Identity> identity = read_identity(bytes(der), std::move(key).value());
    return identity.ok() ? "no error" : identity.error().message();
  };
  using namespace std::string_view_literals;
  for (const std::string_view wrong : {""sv, "\x30"sv, "\x31\x00"sv, "\x30\x01"sv, "\x30\x00x"sv,
                                       "\x30\x80"sv, "\x30\x84\0\0\0\0"sv, "\x30\x81"sv})
    EXPECT_THAT(error_of(wrong), HasSubstr("no PkiPath"));
  EXPECT_THAT(error_of("\x30\x00"sv), HasSubstr("no certificate"));
  EXPECT_THAT(error_of("\x30\x02\x30\x00"sv), HasSubstr("what is no certificate"));
}

TEST(Steward, AsksWithEvidence) {
  const ErrorOr<CertificateRequest> request = make_certificate_request();
  ASSERT_TRUE(request.ok());
  // The OID 1.3.6.1.4.1.58270.1.1, then an empty OCTET STRING.
  const std::string oid("\x06\x0a\x2b\x06\x01\x04\x01\x83\xc7\x1e\x01\x01\x04\x00", 14);
  std::string text;
  for (const std::byte each : request.value().der)
    text += static_cast<char>(each);
  EXPECT_NE(text.find(oid), std::string::npos);
}

}  // namespace
}  // namespace lind::keep
