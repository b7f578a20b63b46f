#include "rawposix/net/network_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

InternetAddress v4(const char* text, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, text, &in.sin_addr), 1);
  return parse_internet_address(std::as_bytes(std::span(&in, 1))).value();
}

InternetAddress v6(const char* text, std::uint16_t port) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET6, text, &in.sin6_addr), 1);
  return parse_internet_address(std::as_bytes(std::span(&in, 1))).value();
}

TEST(NetworkPolicy, AllowsNothingAtFirst) {
  const NetworkPolicy policy;
  EXPECT_FALSE(policy.allows_connect(v4("127.0.0.1", 80)));
  EXPECT_FALSE(policy.allows_bind(0));
  EXPECT_FALSE(policy.allows_listen(80));
}

TEST(NetworkPolicy, ARuleIsOneAddressAndOnePort) {
  NetworkPolicy policy;
  policy.allow_connect({.address = v4("10.0.0.1", 0).bytes, .port = 80});
  EXPECT_TRUE(policy.allows_connect(v4("10.0.0.1", 80)));
  EXPECT_FALSE(policy.allows_connect(v4("10.0.0.1", 81)));
  EXPECT_FALSE(policy.allows_connect(v4("10.0.0.2", 80)));
  EXPECT_FALSE(policy.allows_connect(v6("::1", 80)));
}

TEST(NetworkPolicy, AnAddressIsTheSameInBothFamilies) {
  NetworkPolicy policy;
  policy.allow_connect({.address = v4("10.0.0.1", 0).bytes, .port = 80});
  EXPECT_TRUE(policy.allows_connect(v6("::ffff:10.0.0.1", 80)));
}

TEST(NetworkPolicy, TheUnspecifiedAddressIsTheLoopbackOne) {
  NetworkPolicy policy;
  policy.allow_connect({.address = v4("10.0.0.1", 0).bytes, .port = std::nullopt});
  EXPECT_FALSE(policy.allows_connect(v4("0.0.0.0", 80)));
  policy.allow_connect({.address = v4("127.0.0.1", 0).bytes, .port = 80});
  EXPECT_TRUE(policy.allows_connect(v4("0.0.0.0", 80)));
  EXPECT_FALSE(policy.allows_connect(v6("::", 80)));
}

TEST(NetworkPolicy, AnythingMayBeLeftOpen) {
  NetworkPolicy policy;
  policy.allow_connect({.address = std::nullopt, .port = 443});
  EXPECT_TRUE(policy.allows_connect(v6("2001:db8::1", 443)));
  EXPECT_FALSE(policy.allows_connect(v6("2001:db8::1", 80)));
}

TEST(NetworkPolicy, APortOfTheHostsChoiceIsNotOneToListenAt) {
  NetworkPolicy policy;
  policy.allow_connect({.address = std::nullopt, .port = 443});
  EXPECT_TRUE(policy.allows_bind(0));
  EXPECT_FALSE(policy.allows_listen(40000));
  EXPECT_FALSE(policy.allows_listen(0));
  policy.allow_listen(8080);
  EXPECT_TRUE(policy.allows_listen(8080));
  EXPECT_FALSE(policy.allows_listen(40000));
  policy.allow_listen(0);
  EXPECT_TRUE(policy.allows_listen(40000));
}

TEST(NetworkPolicy, ShortAndForeignAddressesAreNone) {
  const std::array<std::byte, 8> short_one{std::byte{AF_INET}};
  EXPECT_FALSE(parse_internet_address(short_one).has_value());
  EXPECT_FALSE(parse_internet_address({}).has_value());
  const std::array<std::byte, 28> foreign{std::byte{AF_UNIX}};
  EXPECT_FALSE(parse_internet_address(foreign).has_value());
}

TEST(NetworkPolicy, AddressesAreWrittenAsPeopleDo) {
  EXPECT_EQ(to_text(v4("10.0.0.1", 80)), "10.0.0.1:80");
  EXPECT_EQ(to_text(v6("2001:db8::1", 80)), "[2001:db8::1]:80");
}

}  // namespace
}  // namespace lind::rawposix
