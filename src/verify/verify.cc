// TCB.  The text as a whole: which bytes belong to which function.

#include "verify/verify.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "verify/function_internal.h"

namespace lind::verify {
namespace {

struct Start {
  std::uint32_t offset;
  const vmabi::FunctionRecord* record;  ///< null: an adapter
};

/// All starts, in the order of the text, each once.
ErrorOr<std::vector<Start>> find_starts(const Code& code) {
  std::vector<Start> starts;
  starts.reserve(2 * code.functions.size());
  for (const vmabi::FunctionRecord& function : code.functions) {
    starts.push_back({function.code_offset, &function});
    if (function.entry_offset != vmabi::kNoIndex)
      starts.push_back({function.entry_offset, nullptr});
  }
  const auto before = [](const Start& a, const Start& b) {
    return a.offset != b.offset ? a.offset<b.offset : (a.record != nullptr)>(b.record != nullptr);
  };
  std::ranges::sort(starts, before);
  const auto same = std::ranges::unique(starts, {}, &Start::offset);
  starts.erase(same.begin(), same.end());
  if (code.text.empty() && starts.empty()) return starts;
  // The null entry of a table says offset 0.
  if (starts.empty() || starts.front().offset != 0) {
    return Error("the text does not begin with a function");
  }
  if (starts.back().offset >= code.text.size()) return Error("a function begins outside the text");
  return starts;
}

}  // namespace

struct Verifier::State {
  State(const Code& all, std::vector<Start> all_starts)
      : code(all), starts(std::move(all_starts)), is_accepted(starts.size()), functions(code) {
    for (const Start& start : starts)
      functions.add_start(start.offset);
  }

  std::optional<Refusal> verify(std::size_t i) {
    if (is_accepted[i]) return std::nullopt;
    const std::uint64_t end = i + 1 < starts.size() ? starts[i + 1].offset : code.text.size();
    std::optional<Refusal> refusal =
        functions.verify(starts[i].offset, static_cast<std::uint32_t>(end), starts[i].record);
    is_accepted[i] = !refusal.has_value();
    return refusal;
  }

  Code code;
  std::vector<Start> starts;
  std::vector<bool> is_accepted;  ///< by start
  FunctionVerifier functions;
};

Verifier::Verifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Verifier::Verifier(Verifier&& other) noexcept = default;
Verifier::~Verifier() = default;

ErrorOr<Verifier> Verifier::create(const Code& code) {
  std::vector<Start> starts = LIND_TRY(find_starts(code));
  if (starts.empty() && !(code.call_sites.empty() && code.traps.empty() && code.fs_sites.empty())) {
    return Error("records of a text that is empty");
  }
  return Verifier(std::make_unique<State>(code, std::move(starts)));
}

ErrorOr<void> Verifier::verify(std::uint64_t begin, std::uint64_t end) {
  const std::vector<Start>& starts = state_->starts;
  const auto behind = std::ranges::upper_bound(starts, begin, {}, &Start::offset);
  auto i = static_cast<std::size_t>(behind - starts.begin());
  if (i != 0) --i;
  for (; i < starts.size() && starts[i].offset < end; ++i) {
    const std::optional<Refusal> refusal = state_->verify(i);
    if (refusal) return Error(to_string(*refusal));
  }
  return {};
}

std::string to_string(const Refusal& refusal) {
  return fmt::format("machine code at {:#x}, in the function at {:#x}: {}", refusal.offset,
                     refusal.function_offset, refusal.reason);
}

ErrorOr<void> verify(const Code& code) {
  return LIND_TRY(Verifier::create(code)).verify(0, code.text.size());
}

ErrorOr<std::vector<Refusal>> find_refusals(const Code& code) {
  const Verifier verifier = LIND_TRY(Verifier::create(code));
  std::vector<Refusal> refusals;
  for (std::size_t i = 0; i < verifier.state_->starts.size(); ++i) {
    const std::optional<Refusal> refusal = verifier.state_->verify(i);
    if (refusal) refusals.push_back(*refusal);
  }
  return refusals;
}

}  // namespace lind::verify
