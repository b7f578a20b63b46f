#include <cstring>
#include <utility>

#include "runtime/native_stack_internal.h"
#include "runtime/raw_unsafe.h"

namespace lind::runtime {

Result<NativeStack> NativeStack::create(std::uint64_t num_bytes) {
  NativeStack stack;
  stack.pages_ =
      LIND_TRY(host::Mapping::reserve(kNativeGuardBytes + num_bytes, kNativeStackAlignment));
  LIND_TRY(stack.pages_.map_anonymous(kNativeGuardBytes, num_bytes, host::PageAccess::kReadWrite));
  return stack;
}

std::uint64_t NativeStack::low() const noexcept {
  return address_of(pages_.data()) + kNativeGuardBytes;
}

std::uint64_t NativeStack::high() const noexcept {
  return address_of(pages_.data()) + pages_.size();
}

// The next user's frames lie at the top: zeroing resident pages costs less than faults on new ones.
void NativeStack::clear() noexcept {
  constexpr std::uint64_t kKept = 16 * kKiB;
  pages_.discard(kNativeGuardBytes, pages_.size() - kNativeGuardBytes - kKept);
  std::memset(pages_.data() + pages_.size() - kKept, 0, kKept);
}

LentStacks& LentStacks::of_this_thread() {
  static thread_local LentStacks stacks;
  return stacks;
}

// The last one that came back is the one that fits best: calls nest.
Result<NativeStack> LentStacks::borrow(std::uint64_t borrower) {
  if (idle_.empty()) return NativeStack::create(kDefaultNativeStackBytes);
  Lent lent = std::move(idle_.back());
  idle_.pop_back();
  if (lent.last_borrower != borrower) lent.stack.clear();
  return std::move(lent.stack);
}

void LentStacks::give_back(NativeStack stack, std::uint64_t borrower) {
  idle_.push_back({std::move(stack), borrower});
}

NativeStackPool& NativeStackPool::instance() {
  static NativeStackPool* const pool = new NativeStackPool;
  return *pool;
}

Result<NativeStack> NativeStackPool::take() {
  {
    const MutexLock lock(mu_);
    if (!stacks_.empty()) {
      NativeStack stack = std::move(stacks_.back());
      stacks_.pop_back();
      return stack;
    }
  }
  return NativeStack::create(stack_bytes_);
}

void NativeStackPool::give(NativeStack stack) {
  stack.clear();
  const MutexLock lock(mu_);
  if (stacks_.size() < kMaxStacks) stacks_.push_back(std::move(stack));
}

}  // namespace lind::runtime
