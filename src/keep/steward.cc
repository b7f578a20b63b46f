#include "keep/steward.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace lind::keep {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxCertificates = 16;

Error openssl_error(std::string_view what) {
  return Error(fmt::format("{}: {}", what, take_openssl_error()));
}

struct RequestRelease {
  void operator()(X509_REQ* request) const noexcept { ::X509_REQ_free(request); }
};
using Request = std::unique_ptr<X509_REQ, RequestRelease>;

/// Adds the evidence as the one extension that is asked for.
bool add_evidence(X509_REQ* request) {
  constexpr char kOid[] = "1.3.6.1.4.1.58270.1.1";
  ASN1_OBJECT* const oid = ::OBJ_txt2obj(kOid, 1);
  ASN1_OCTET_STRING* const empty = ::ASN1_OCTET_STRING_new();
  X509_EXTENSION* extension = ::X509_EXTENSION_create_by_OBJ(nullptr, oid, 0, empty);
  STACK_OF(X509_EXTENSION)* extensions = nullptr;
  const bool added = extension != nullptr &&
                     ::X509v3_add_ext(&extensions, extension, -1) != nullptr &&
                     ::X509_REQ_add_extensions(request, extensions) == 1;
  ::sk_X509_EXTENSION_pop_free(extensions, ::X509_EXTENSION_free);
  ::X509_EXTENSION_free(extension);
  ::ASN1_OCTET_STRING_free(empty);
  ::ASN1_OBJECT_free(oid);
  return added;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  const void* const data = bytes.data();
  return {static_cast<const char*>(data), bytes.size()};
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

/// The value of a header in its lines; nothing if it is not there.
std::optional<std::string_view> header(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !equals_ignoring_case(line.substr(0, colon), name)) {
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' '))
      value.remove_prefix(1);
    return value;
  }
  return std::nullopt;
}

/// What the outermost SEQUENCE of `der` holds; it must be all there is.
std::optional<std::span<const std::byte>> content_of_sequence(std::span<const std::byte> der) {
  constexpr std::byte kSequence{0x30};
  if (der.size() < 2 || der[0] != kSequence) return std::nullopt;
  auto size = std::to_integer<std::size_t>(der[1]);
  std::size_t header_bytes = 2;
  if (size >= 0x80) {
    const std::size_t num_bytes = size - 0x80;
    if (num_bytes < 1 || num_bytes > 3 || der.size() < 2 + num_bytes) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < num_bytes; ++i)
      size = size << 8U | std::to_integer<std::size_t>(der[2 + i]);
    header_bytes += num_bytes;
  }
  if (der.size() - header_bytes != size) return std::nullopt;
  return der.subspan(header_bytes);
}

ErrorOr<std::vector<std::byte>> exchange(SSL* connection, std::string_view request) {
  ::ERR_clear_error();
  if (::SSL_do_handshake(connection) != 1) {
    return Error("steward: " + handshake_error(connection));
  }
  if (::SSL_write(connection, request.data(), static_cast<int>(request.size())) !=
      static_cast<int>(request.size())) {
    return openssl_error("steward");
  }
  std::vector<std::byte> answer;
  std::array<std::byte, 16384> part{};
  for (int got = 0;
       (got = ::SSL_read(connection, part.data(), static_cast<int>(part.size()))) > 0;) {
    answer.insert(answer.end(), part.begin(), part.begin() + got);
    if (answer.size() > kMaxAnswerBytes) return Error("steward: an answer of more than 1 MiB");
  }
  return answer;
}

}  // namespace

ErrorOr<StewardPlace> parse_steward_url(const std::string& url) {
  constexpr std::string_view kScheme = "https://";
  const Error wrong(fmt::format("steward: {}: expected https://HOST[:PORT][/PATH]", url));
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '@'; };
  if (!url.starts_with(kScheme) || std::ranges::any_of(url, is_bad)) return wrong;
  const std::string rest = url.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  StewardPlace place;
  if (slash < rest.size()) place.path = rest.substr(slash);
  std::string host = rest.substr(0, slash);
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
    const std::optional<std::uint64_t> port = parse_number(host.substr(colon + 1));
    if (!port || *port == 0 || *port > 0xffff) return wrong;
    place.port = static_cast<std::uint16_t>(*port);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return wrong;
  place.host = host;
  return place;
}

ErrorOr<CertificateRequest> make_certificate_request() {
  CertificateRequest made{.key = LIND_TRY(make_key()), .der = {}};
  const Request request(::X509_REQ_new());
  if (request == nullptr || ::X509_REQ_set_version(request.get(), 0) != 1 ||
      ::X509_REQ_set_pubkey(request.get(), made.key.get()) != 1 || !add_evidence(request.get()) ||
      ::X509_REQ_sign(request.get(), made.key.get(), ::EVP_sha256()) == 0) {
    return openssl_error("a certificate request");
  }
  unsigned char* der = nullptr;
  const int size = ::i2d_X509_REQ(request.get(), &der);
  if (size < 0) return openssl_error("a certificate request");
  const auto bytes = std::as_bytes(std::span(der, static_cast<std::size_t>(size)));
  made.der.assign(bytes.begin(), bytes.end());
  ::OPENSSL_free(der);
  return made;
}

ErrorOr<Identity> read_identity(std::span<const std::byte> pki_path, OpensslPtr<EVP_PKEY> key) {
  const auto content = content_of_sequence(pki_path);
  if (!content) return Error("steward: the answer is no PkiPath");
  std::vector<OpensslPtr<X509>> path;
  const void* const data = content->data();
  const auto* next = static_cast<const unsigned char*>(data);
  const unsigned char* const end = next + content->size();
  while (next != end) {
    OpensslPtr<X509> certificate(::d2i_X509(nullptr, &next, static_cast<long>(end - next)));
    if (certificate == nullptr || path.size() == kMaxCertificates) {
      return Error("steward: the answer has what is no certificate");
    }
    path.push_back(std::move(certificate));
  }
  if (path.empty()) return Error("steward: the answer has no certificate");
  // TLS has the leaf first.
  Identity identity{.certificate = std::move(path.back()), .key = std::move(key), .issuers = {}};
  path.pop_back();
  if (::X509_check_private_key(identity.certificate.get(), identity.key.get()) != 1) {
    ::ERR_clear_error();
    return Error("steward: the certificate is for another key");
  }
  std::ranges::reverse(path);
  identity.issuers = std::move(path);
  return identity;
}

std::string http_request(const StewardPlace& place, std::span<const std::byte> body) {
  const bool is_ipv6 = place.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + place.host + "]" : place.host;
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/pkcs10\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      place.path, host, place.port, body.size(), text_of(body));
}

ErrorOr<std::span<const std::byte>> http_body(std::span<const std::byte> answer) {
  const std::string_view text = text_of(answer);
  const std::size_t head_end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || head_end == std::string_view::npos) {
    return Error("steward: no answer of HTTP/1.1");
  }
  const std::string_view head = text.substr(0, head_end);
  const std::size_t line_end = std::min(head.find("\r\n"), head.size());
  const std::string_view status = head.substr(0, line_end);
  constexpr std::size_t kStatusAt = 9;  // behind "HTTP/1.1 "
  if (status.size() < kStatusAt + 3 || status.substr(kStatusAt, 3) != "200") {
    return Error(fmt::format("steward: it answered {}", status.substr(0, 100)));
  }
  const std::string_view lines = head.substr(line_end);
  if (header(lines, "transfer-encoding")) return Error("steward: its answer is chunked");
  const std::span<const std::byte> body = answer.subspan(head_end + 4);
  const std::optional<std::string_view> length = header(lines, "content-length");
  if (!length) return body;
  const std::optional<std::uint64_t> size = parse_number(*length);
  if (!size || *size > body.size()) return Error("steward: its answer is cut");
  return body.first(static_cast<std::size_t>(*size));
}

ErrorOr<Identity> ask_steward(const TlsContexts& contexts, int socket, const StewardPlace& place) {
  CertificateRequest request = LIND_TRY(make_certificate_request());
  const OpensslPtr<SSL> connection = LIND_TRY(contexts.connect(socket, place.host));
  const std::vector<std::byte> answer =
      LIND_TRY(exchange(connection.get(), http_request(place, request.der)));
  const std::span<const std::byte> body = LIND_TRY(http_body(answer));
  return read_identity(body, std::move(request.key));
}

}  // namespace lind::keep
