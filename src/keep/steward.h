/// \file
/// Asking a steward for a certificate: who a keep is, it says by evidence; who it may call itself,
/// the steward does.
///
///     keep --- POST, application/pkcs10: CSR with the evidence as an extension ---> steward
///     keep <-- 200: PkiPath, DER, the root first ----------------------------------- steward

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "keep/tls_context.h"

namespace lind::keep {

/// Where a steward is: of "https://HOST[:PORT][/PATH]".
struct StewardPlace {
  std::string host;  ///< without brackets
  std::uint16_t port = 443;
  std::string path = "/";
};
/// Errors: no such URL.
ErrorOr<StewardPlace> parse_steward_url(const std::string& url);

/// A key of a keep, and the request for a certificate of it.
struct CertificateRequest {
  OpensslPtr<EVP_PKEY> key;
  std::vector<std::byte> der;  ///< PKCS#10
};
/// The evidence is that of a keep without hardware: the extension 1.3.6.1.4.1.58270.1.1, empty.
/// Errors: OpenSSL's.
ErrorOr<CertificateRequest> make_certificate_request();

/// The identity in a steward's answer.  Errors: no PkiPath, not for this key.
ErrorOr<Identity> read_identity(std::span<const std::byte> pki_path, OpensslPtr<EVP_PKEY> key);

/// The whole HTTP request, and the body of a whole answer.
std::string http_request(const StewardPlace& place, std::span<const std::byte> body);
/// Errors: no answer of HTTP, another status than 200, a body that is cut or chunked.
ErrorOr<std::span<const std::byte>> http_body(std::span<const std::byte> answer);

/// Asks over a connected socket, and waits.
/// Errors: "steward: ..."
ErrorOr<Identity> ask_steward(const TlsContexts& contexts, int socket, const StewardPlace& place);

}  // namespace lind::keep
