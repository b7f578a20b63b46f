#include "rawposix/proc/signal_watch.h"

namespace lind::rawposix {

Result<std::shared_ptr<SignalWatch>> SignalWatch::create(SignalMask mask) {
  Readiness ready = LIND_TRY(Readiness::create());
  return std::shared_ptr<SignalWatch>(new SignalWatch(mask, std::move(ready)));
}

SignalMask SignalWatch::mask() const {
  const MutexLock lock(mu_);
  return mask_;
}

void SignalWatch::set_mask(SignalMask mask) {
  const MutexLock lock(mu_);
  mask_ = mask;
}

void SignalWatch::update(SignalMask pending) {
  const MutexLock lock(mu_);
  ready_.set({.readable = (pending & mask_) != 0, .writable = false, .hung_up = false});
}

std::shared_ptr<host::UniqueFd> SignalWatch::fd() const {
  const MutexLock lock(mu_);
  return ready_.fd();
}

}  // namespace lind::rawposix
