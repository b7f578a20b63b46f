#include <algorithm>
#include <utility>

#include "runtime/exception_table_internal.h"

namespace lind::runtime {
namespace {

// An entry of the map with its allocations, and the payload's.
std::size_t bytes_of(const Exception& exception) noexcept {
  return 128 + sizeof(std::uint64_t) * exception.payload.size();
}

}  // namespace

std::optional<std::uint64_t> ExceptionTable::add(Exception exception) {
  const std::size_t num_bytes = bytes_of(exception);
  if (num_bytes > kMaxBytes - std::min(num_bytes_, kMaxBytes)) return std::nullopt;
  num_bytes_ += num_bytes;
  entries_.emplace(next_, Entry{std::move(exception)});
  return next_++;
}

const Exception* ExceptionTable::find(std::uint64_t reference) const noexcept {
  const auto found = entries_.find(reference);
  return found == entries_.end() ? nullptr : &found->second.exception;
}

void ExceptionTable::mark(std::uint64_t word) noexcept {
  if (word - kFirst >= next_ - kFirst) return;
  const auto found = entries_.find(word);
  if (found != entries_.end()) found->second.is_marked = true;
}

// The next trace comes when as much again is in use, so that tracing costs each exception a fixed
// time.
void ExceptionTable::sweep() {
  std::erase_if(entries_, [](const auto& item) { return !item.second.is_marked; });
  num_bytes_ = 0;
  for (const auto& [reference, entry] : entries_)
    num_bytes_ += bytes_of(entry.exception);
  trace_at_ = std::clamp(2 * num_bytes_, kFirstTrace, kMaxBytes - kLargest);
}

}  // namespace lind::runtime
