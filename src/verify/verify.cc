// TCB.  The text as a whole: which bytes belong to which function.

#include "verify/verify.h"

#include <algorithm>
#include <optional>

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

ErrorOr<void> verify_all(const Code& code, std::vector<Refusal>& refusals, bool stop_at_first) {
  const std::vector<Start> starts = LIND_TRY(find_starts(code));
  FunctionVerifier verifier(code);
  for (const Start& start : starts)
    verifier.add_start(start.offset);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto end =
        i + 1 < starts.size() ? starts[i + 1].offset : static_cast<std::uint32_t>(code.text.size());
    const std::optional<Refusal> refusal = verifier.verify(starts[i].offset, end, starts[i].record);
    if (!refusal) continue;
    refusals.push_back(*refusal);
    if (stop_at_first) return {};
  }
  if (!verifier.all_records_used()) return Error("a record names no instruction of its kind");
  return {};
}

}  // namespace

std::string to_string(const Refusal& refusal) {
  return fmt::format("machine code at {:#x}, in the function at {:#x}: {}", refusal.offset,
                     refusal.function_offset, refusal.reason);
}

ErrorOr<void> verify(const Code& code) {
  std::vector<Refusal> refusals;
  LIND_TRY(verify_all(code, refusals, true));
  if (refusals.empty()) return {};
  return Error(to_string(refusals.front()));
}

ErrorOr<std::vector<Refusal>> find_refusals(const Code& code) {
  std::vector<Refusal> refusals;
  LIND_TRY(verify_all(code, refusals, false));
  return refusals;
}

}  // namespace lind::verify
