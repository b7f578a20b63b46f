#include "keep/report.h"

#include <algorithm>

#include <fmt/core.h>

namespace lind::keep {
namespace {

constexpr std::string_view kVersion = "lind-keep-report 1";
constexpr std::string_view kKey = "key ed25519 ";
constexpr std::string_view kSignature = "signature ";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Sha384 next_hash(const Sha384& last, std::string_view entry) {
  return sha384({last, bytes_of(entry)});
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f || c == '\\' ? fmt::format("\\x{:02x}", byte)
                                                     : std::string(1, c);
  }
  return line;
}

/// Takes the line at the front of `text`; its end must be there.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

template <std::size_t N>
std::optional<std::array<std::byte, N>> take_base64(std::string_view& text,
                                                    std::string_view prefix) {
  const std::optional<std::string_view> line = take_line(text);
  if (!line || !line->starts_with(prefix)) return std::nullopt;
  const auto bytes = from_base64(line->substr(prefix.size()));
  std::array<std::byte, N> array{};
  if (!bytes || bytes->size() != N) return std::nullopt;
  std::ranges::copy(*bytes, array.begin());
  return array;
}

}  // namespace

Report::Report() : last_(sha384({bytes_of(kVersion)})), text_(fmt::format("{}\n", kVersion)) {}

void Report::add(std::string_view entry) {
  const std::string line = one_line(entry);
  last_ = next_hash(last_, line);
  text_ += fmt::format("{} {}\n", to_hex(last_), line);
}

std::string Report::seal(const SigningKey& key) const {
  return fmt::format("{}{}{}\n{}{}\n", text_, kKey, to_base64(key.public_key()), kSignature,
                     to_base64(key.sign(last_)));
}

ErrorOr<CheckedReport> check_report(std::string_view text) {
  constexpr std::size_t kHashDigits = 96;
  if (take_line(text) != kVersion) return Error("line 1: not " + std::string(kVersion));
  CheckedReport report{.entries = {}, .measurement = sha384({bytes_of(kVersion)}), .key = {}};
  while (!text.starts_with(kKey)) {
    const std::size_t number = report.entries.size() + 2;
    const std::optional<std::string_view> line = take_line(text);
    if (!line) return Error(fmt::format("line {}: it is not sealed", number));
    if (line->size() <= kHashDigits || (*line)[kHashDigits] != ' ') {
      return Error(fmt::format("line {}: no entry", number));
    }
    const std::string_view entry = line->substr(kHashDigits + 1);
    report.measurement = next_hash(report.measurement, entry);
    if (line->substr(0, kHashDigits) != to_hex(report.measurement)) {
      return Error(fmt::format("line {}: the chain is broken", number));
    }
    report.entries.emplace_back(entry);
  }
  const auto key = take_base64<32>(text, kKey);
  if (!key) return Error("no key");
  const auto signature = take_base64<64>(text, kSignature);
  if (!signature || !text.empty()) return Error("no signature at the end");
  if (!is_signed(*key, report.measurement, *signature)) {
    return Error("the signature does not match");
  }
  report.key = *key;
  return report;
}

}  // namespace lind::keep
