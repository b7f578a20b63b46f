#include "host/alternate_stack.h"

#include <signal.h>

#include <cstdint>

#include "base/check.h"
#include "base/units.h"
#include "host/mapping.h"

namespace lind::host {
namespace {

// The kernel's frame with AVX-512 takes 3.5 KiB, with AMX 11 KiB; ours and a chained handler's
// frames need little more.
constexpr std::uint64_t kStackBytes = 64 * kKiB;

class AlternateStack {
 public:
  AlternateStack() {
    Result<Mapping> pages = Mapping::reserve(kStackBytes + kHostPageSize, kHostPageSize);
    LIND_CHECK(pages.ok());
    pages_ = std::move(pages).value();
    LIND_CHECK(pages_.map_anonymous(kHostPageSize, kStackBytes, PageAccess::kReadWrite).ok());
    stack_t stack{};
    stack.ss_sp = pages_.data() + kHostPageSize;
    stack.ss_size = kStackBytes;
    LIND_CHECK(::sigaltstack(&stack, nullptr) == 0);
  }
  ~AlternateStack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    (void)::sigaltstack(&none, nullptr);  // the thread ends; nothing left to do
  }
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  Mapping pages_;
};

}  // namespace

void ensure_alternate_stack() {
  thread_local const AlternateStack stack;
}

}  // namespace lind::host
