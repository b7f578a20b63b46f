/// \file
/// TLS as a keep speaks it: version 1.3, its own certificate, and whom it believes.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "base/error.h"

namespace lind::keep {

/// Frees what OpenSSL made.
struct OpensslRelease {
  void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
  void operator()(SSL* connection) const noexcept { ::SSL_free(connection); }
  void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
};
template <typename T>
using OpensslPtr = std::unique_ptr<T, OpensslRelease>;

/// PEM files of the host.
struct TlsFiles {
  std::optional<std::string> certificate;   ///< the keep's own chain; nothing: one made for it
  std::optional<std::string> private_key;   ///< of `certificate`
  std::vector<std::string> trust_anchors;   ///< whom connections believe; none: the host's anchors
  std::vector<std::string> client_anchors;  ///< whom listeners believe; none: they ask for nothing
};

/// A key, its certificate, and those who vouch for that, the nearest first.
struct Identity {
  OpensslPtr<X509> certificate;
  OpensslPtr<EVP_PKEY> key;
  std::vector<OpensslPtr<X509>> issuers;
};

/// A key of P-256.  Errors: OpenSSL's.
ErrorOr<OpensslPtr<EVP_PKEY>> make_key();

/// What connections of both directions are made from.  Threading: one thread.
class TlsContexts {
 public:
  /// Reads the files.  The keep's own certificate is that of the files, else `given`, else one that
  /// is made here.  Errors: "FILE: why it cannot be used".
  static ErrorOr<TlsContexts> create(const TlsFiles& files, const Identity* given = nullptr);

  /// For an accepted socket.  Errors: out of memory.
  ErrorOr<OpensslPtr<SSL>> accept(int socket) const;
  /// For a connected socket: the other end must be `host`, a name (SNI) or an address.
  ErrorOr<OpensslPtr<SSL>> connect(int socket, const std::string& host) const;

 private:
  TlsContexts(OpensslPtr<SSL_CTX> server, OpensslPtr<SSL_CTX> client)
      : server_(std::move(server)), client_(std::move(client)) {}
  OpensslPtr<SSL_CTX> server_;
  OpensslPtr<SSL_CTX> client_;
};

/// Why a handshake failed.
std::string handshake_error(const SSL* connection);
/// The last thing that OpenSSL found wrong on this thread, which forgets it.
std::string take_openssl_error();

}  // namespace lind::keep
