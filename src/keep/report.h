/// \file
/// What a keep was made of and given: a chain of entries, sealed and signed.
/// docs/formats/report.md.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "keep/signing.h"

namespace lind::keep {

/// Entries in their order, each bound to all before it by its hash.
class Report {
 public:
  Report();
  /// One line of text; control characters become \xNN.
  void add(std::string_view entry);
  /// The whole text, with the key and its signature over the last hash.  Nothing can be added then
  /// without breaking it.
  std::string seal(const SigningKey& key) const;
  /// The hash of the last entry: what the keep is.
  const Sha384& measurement() const noexcept { return last_; }

 private:
  Sha384 last_;
  std::string text_;
};

/// What a sealed report says.
struct CheckedReport {
  std::vector<std::string> entries;
  Sha384 measurement;
  RawPublicKey key;
};

/// Checks chain and signature.  Whether the key is to be believed is for who reads it.
/// Errors: which line is wrong.
ErrorOr<CheckedReport> check_report(std::string_view text);

}  // namespace lind::keep
