// Threads of a grate that answer calls of other cages: how they come to be and how they end.

#include <algorithm>
#include <chrono>
#include <utility>

#include "rawposix/proc/process_tree.h"
#include "rawposix/process.h"

namespace lind::rawposix {
namespace {

/// What a handler gets to end by itself after its caller was killed.  It may hold a lock of the
/// grate that others wait for, so it is not dropped at once.
constexpr std::chrono::milliseconds kGrace{1000};
/// What the handlers of a notice get, who may have to write something down.
constexpr std::chrono::milliseconds kNoticeGrace{3000};

}  // namespace

std::shared_ptr<runtime::Instance> Process::current_instance() const {
  const MutexLock lock(mu_);
  return instance_;
}

// (block): see uapi::kServiceActivation.
std::int64_t Process::become_activation(runtime::Thread& thread, const runtime::SyscallArgs& args) {
  const bool has_entry = thread.instance().find_function("lind_grate_entry").has_value();
  GuestThread& guest = guest_thread(thread);
  // The first thread is not one that lind_thread_start began: it has no way out but exit.
  if (!has_entry || !guest.start_block || threei::is_answering(thread)) {
    return -static_cast<std::int64_t>(uapi::Errno::kEINVAL);
  }
  guest.activation_block = GuestAddr{static_cast<std::uint32_t>(args[0])};
  thread.leave();
  return 0;
}

// After it has left guest code.  False if the process ends.
bool Process::retire_to_activation(GuestThread& guest) {
  const auto entry = guest.runtime->instance().find_function("lind_grate_entry");
  bool last = false;
  {
    const MutexLock lock(mu_);
    if (doomed_locked(guest)) return false;
    const auto found =
        std::ranges::find_if(threads_, [&](const auto& other) { return other.get() == &guest; });
    ended_threads_ += host_thread_usage() - guest.usage_start;
    guest.cpu_clock.reset();
    // Signals of the process are for its own threads; the caller's are not of this process.
    guest.blocked = ~kUnblockable;
    activations_.push_back(std::move(*found));
    threads_.erase(found);
    last = threads_.empty();
    retarget_locked();
    threads_changed_.wake_all();
  }
  // Not added: the program is being replaced, and end_activations takes it.
  (void)grate()->add(*guest.runtime, guest.runtime->entry_of(*entry), *guest.activation_block);
  if (last) {
    end_activations();
    finish_process();
  }
  return true;
}

bool Process::is_reusable(runtime::Thread& activation) {
  bool exited = false;
  GuestThread* guest = nullptr;
  {
    const MutexLock lock(mu_);
    guest = find_locked(activation);
    exited = guest->has_exited;
    if (exit_status_ || exec_owner_ != nullptr) return false;
  }
  release_locks(*guest);
  if (exited) drop_activation(*guest);
  return !exited;
}

void Process::drop_activation(GuestThread& guest) {
  release_tid_word(guest);
  std::unique_ptr<GuestThread> ended;
  {
    const MutexLock lock(mu_);
    const auto found = std::ranges::find_if(
        activations_, [&](const auto& other) { return other.get() == &guest; });
    ended = std::move(*found);
    activations_.erase(found);
  }
  kernel_.tree().drop_id(ended->tid);
}

// When no thread of the process is left, or exec has left one: nobody calls them from here on.
void Process::end_activations() {
  close_grate();
  std::vector<std::unique_ptr<GuestThread>> ended;
  {
    const MutexLock lock(mu_);
    ended = std::exchange(activations_, {});
  }
  for (const auto& guest : ended) {
    release_locks(*guest);
    kernel_.tree().drop_id(guest->tid);
  }
}

// --- callers that are to end --------------------------------------------------------------------

// What is told here can still look at memory and descriptors.
void Process::notify_grates(GuestThread& guest) {
  if (!wants_exit_notice()) return;
  std::int32_t status = 0;
  {
    const MutexLock lock(mu_);
    status = exit_status_.value_or(first_thread_status_);
    sends_notice_ = true;
    // What ended it has had its time; the notice has one of its own.
    guest.runtime->take_back_abandon();
    abandon_at_locked(std::chrono::steady_clock::now() + kNoticeGrace);
  }
  guest.runtime->act_outside([&] { send_exit_notice(*guest.runtime, status); });
}

void Process::abandon_later_locked() {
  // Only who has routes to grates can be inside one; its only thread, which runs here, is not.
  const bool runs_here =
      threads_.size() == 1 && activations_.empty() && threads_.front()->runtime->is_current();
  if (runs_here || !routes().has_layers()) return;
  abandon_at_locked(std::chrono::steady_clock::now() + kGrace);
}

void Process::abandon_at_locked(std::chrono::steady_clock::time_point when) {
  abandon_at_ = when;
  if (has_watch_) return;
  const Result<void> running =
      kernel_.host_threads().run([self = shared_from_this()] { self->abandon_when_due(); });
  has_watch_ = running.ok();
  if (has_watch_) return;
  for_each_thread_locked([](GuestThread& guest) { guest.runtime->abandon(); });
}

bool Process::must_end_locked(const GuestThread& guest) const {
  return sends_notice_ || doomed_locked(guest);
}

void Process::abandon_when_due() {
  const MutexLock lock(mu_);
  const auto done = [this]() LIND_REQUIRES(mu_) {
    return threads_.size() <= (exec_owner_ != nullptr ? 1U : 0U) && activations_.empty();
  };
  while (!done() && std::chrono::steady_clock::now() < abandon_at_) {
    (void)threads_gone_.wait_until(mu_, abandon_at_);
  }
  has_watch_ = false;
  if (done()) return;
  for_each_thread_locked([this](GuestThread& guest) LIND_REQUIRES(mu_) {
    if (must_end_locked(guest)) guest.runtime->abandon();
  });
}

}  // namespace lind::rawposix
