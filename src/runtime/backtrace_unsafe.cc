#include "runtime/stack_words_unsafe.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"

namespace lind::runtime {

// Walks from the current call outwards; ends at a signal handler's activation or the entry, where
// no call-site record is.
std::vector<std::string> Thread::backtrace(std::size_t max_frames) const {
  std::vector<std::string> names;
  if (!state_->is_current()) return names;
  const Program& program = state_->program();
  std::uint64_t slot = lind_thread_block.guest_rsp + sizeof(CallSpill) - sizeof(std::uint64_t);
  while (names.size() < max_frames) {
    const std::optional<std::uint64_t> pc = return_address_at(*state_, slot);
    if (!pc.has_value()) break;
    const std::optional<std::uint32_t> offset = program.text_offset(*pc);
    if (!offset.has_value()) break;
    const vmabi::CallSiteRecord* const site = program.find_call_site(*offset);
    if (site == nullptr || site->function == vmabi::kNoIndex) break;
    names.push_back(program.function_name(*offset - 1));  // inside the call, not behind it
    slot += sizeof(std::uint64_t) + site->frame_bytes;
  }
  return names;
}

}  // namespace lind::runtime
