#include "keep/tls_context.h"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <utility>

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace lind::keep {
namespace {

Error openssl_error(std::string_view what) {
  return Error(fmt::format("{}: {}", what, take_openssl_error()));
}

bool add_extension(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  if (extension == nullptr) return false;
  const bool added = ::X509_add_ext(certificate, extension, -1) == 1;
  ::X509_EXTENSION_free(extension);
  return added;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] &= 0x7fU;  // positive
  BIGNUM* const number = ::BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool set = number != nullptr &&
                   ::BN_to_ASN1_INTEGER(number, ::X509_get_serialNumber(certificate)) != nullptr;
  ::BN_free(number);
  return set;
}

/// Of whoever has no certificate: CN=localhost, for a year, signed by itself.
ErrorOr<Identity> make_identity() {
  constexpr long kValidSeconds = 365L * 24 * 3600;
  constexpr long kVersion3 = 2;
  Identity identity{
      .certificate = OpensslPtr<X509>(::X509_new()), .key = LIND_TRY(make_key()), .issuers = {}};
  X509* const certificate = identity.certificate.get();
  if (certificate == nullptr) return openssl_error("making a certificate");
  X509_NAME* const name = ::X509_get_subject_name(certificate);
  constexpr std::array<unsigned char, 10> kName = {"localhost"};
  const bool made =
      ::X509_set_version(certificate, kVersion3) == 1 && set_serial(certificate) &&
      ::X509_gmtime_adj(::X509_getm_notBefore(certificate), 0) != nullptr &&
      ::X509_gmtime_adj(::X509_getm_notAfter(certificate), kValidSeconds) != nullptr &&
      ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, kName.data(), -1, -1, 0) == 1 &&
      ::X509_set_issuer_name(certificate, name) == 1 &&
      ::X509_set_pubkey(certificate, identity.key.get()) == 1 &&
      add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
      add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
      add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
      ::X509_sign(certificate, identity.key.get(), ::EVP_sha256()) != 0;
  if (!made) return openssl_error("making a certificate");
  return identity;
}

ErrorOr<OpensslPtr<SSL_CTX>> make_context(const SSL_METHOD* method) {
  OpensslPtr<SSL_CTX> context(::SSL_CTX_new(method));
  SSL_CTX* const raw = context.get();
  std::string groups = "X25519:P-384:P-256";
  const bool made = raw != nullptr && ::SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) == 1 &&
                    ::SSL_CTX_set_ciphersuites(raw,
                                               "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:"
                                               "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
                    ::SSL_CTX_ctrl(raw, SSL_CTRL_SET_GROUPS_LIST, 0, groups.data()) == 1 &&
                    // A ticket could meet a peer that has closed already.
                    ::SSL_CTX_set_num_tickets(raw, 0) == 1;
  if (!made) return openssl_error("TLS 1.3");
  (void)::SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

ErrorOr<void> use_files(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return openssl_error(certificate);
  }
  if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      ::SSL_CTX_check_private_key(context) != 1) {
    return openssl_error(key);
  }
  return {};
}

ErrorOr<void> use_identity(SSL_CTX* context, const Identity& identity) {
  if (::SSL_CTX_use_certificate(context, identity.certificate.get()) != 1 ||
      ::SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1) {
    return openssl_error("using a certificate");
  }
  for (const OpensslPtr<X509>& issuer : identity.issuers) {
    // It takes a reference of its own.
    if (::SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, issuer.get()) != 1) {
      return openssl_error("using a certificate");
    }
  }
  return {};
}

ErrorOr<void> believe(SSL_CTX* context, const std::vector<std::string>& anchors) {
  for (const std::string& file : anchors) {
    if (::SSL_CTX_load_verify_file(context, file.c_str()) != 1) return openssl_error(file);
  }
  return {};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

ErrorOr<OpensslPtr<SSL>> make_connection(SSL_CTX* context, int socket) {
  OpensslPtr<SSL> connection(::SSL_new(context));
  if (connection == nullptr || ::SSL_set_fd(connection.get(), socket) != 1) {
    return openssl_error("a connection");
  }
  return connection;
}

}  // namespace

ErrorOr<OpensslPtr<EVP_PKEY>> make_key() {
  std::string curve = "P-256";
  OpensslPtr<EVP_PKEY> key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.data()));
  if (key == nullptr) return openssl_error("making a key");
  return key;
}

std::string handshake_error(const SSL* connection) {
  const long verified = ::SSL_get_verify_result(connection);
  if (verified != X509_V_OK) {
    return fmt::format("certificate verify failed: {}", ::X509_verify_cert_error_string(verified));
  }
  return "TLS handshake: " + take_openssl_error();
}

std::string take_openssl_error() {
  const unsigned long last = ::ERR_peek_last_error();
  const char* const reason = last == 0 ? nullptr : ::ERR_reason_error_string(last);
  std::string text = reason != nullptr ? reason : "the other end closed the connection";
  if (last != 0 && ERR_SYSTEM_ERROR(last)) {
    text = host_error("", ERR_GET_REASON(last)).message().substr(2);
  }
  ::ERR_clear_error();
  return text;
}

ErrorOr<TlsContexts> TlsContexts::create(const TlsFiles& files, const Identity* given) {
  // A configuration of the host could load further libraries.
  if (::OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
    return openssl_error("OpenSSL");
  OpensslPtr<SSL_CTX> server = LIND_TRY(make_context(::TLS_server_method()));
  OpensslPtr<SSL_CTX> client = LIND_TRY(make_context(::TLS_client_method()));
  if (files.certificate && files.private_key) {
    LIND_TRY(use_files(server.get(), *files.certificate, *files.private_key));
    LIND_TRY(use_files(client.get(), *files.certificate, *files.private_key));
  } else {
    Identity made;
    if (given == nullptr) made = LIND_TRY(make_identity());
    const Identity& identity = given == nullptr ? made : *given;
    LIND_TRY(use_identity(server.get(), identity));
    LIND_TRY(use_identity(client.get(), identity));
  }
  ::SSL_CTX_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
  if (!files.trust_anchors.empty()) {
    LIND_TRY(believe(client.get(), files.trust_anchors));
  } else if (::SSL_CTX_set_default_verify_paths(client.get()) != 1) {
    return openssl_error("the host's trust anchors");
  }
  if (!files.client_anchors.empty()) {
    LIND_TRY(believe(server.get(), files.client_anchors));
    ::SSL_CTX_set_verify(server.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return TlsContexts(std::move(server), std::move(client));
}

ErrorOr<OpensslPtr<SSL>> TlsContexts::accept(int socket) const {
  OpensslPtr<SSL> connection = LIND_TRY(make_connection(server_.get(), socket));
  ::SSL_set_accept_state(connection.get());
  return connection;
}

ErrorOr<OpensslPtr<SSL>> TlsContexts::connect(int socket, const std::string& host) const {
  OpensslPtr<SSL> connection = LIND_TRY(make_connection(client_.get(), socket));
  SSL* const raw = connection.get();
  const bool named = is_address(host)
                         ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(raw), host.c_str()) == 1
                         : ::SSL_set1_host(raw, host.c_str()) == 1 &&
                               ::SSL_ctrl(raw, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                          TLSEXT_NAMETYPE_host_name, std::string(host).data()) == 1;
  if (!named) return openssl_error(host);
  ::SSL_set_connect_state(raw);
  return connection;
}

}  // namespace lind::keep
