/// \file
/// Mutexes that the thread-safety analysis of clang can see.

#pragma once

#include <mutex>

#if defined(__clang__)
#define LIND_TSA(x) __attribute__((x))
#else
#define LIND_TSA(x)
#endif
#define LIND_GUARDED_BY(mu) LIND_TSA(guarded_by(mu))
#define LIND_REQUIRES(mu) LIND_TSA(requires_capability(mu))
#define LIND_EXCLUDES(...) LIND_TSA(locks_excluded(__VA_ARGS__))

namespace lind {

class LIND_TSA(capability("mutex")) Mutex {
 public:
  void lock() LIND_TSA(acquire_capability()) { mu_.lock(); }
  void unlock() LIND_TSA(release_capability()) { mu_.unlock(); }

 private:
  std::mutex mu_;
};

class LIND_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mu) LIND_TSA(acquire_capability(mu)) : mu_(mu) { mu_.lock(); }
  ~MutexLock() LIND_TSA(release_capability()) { mu_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

}  // namespace lind
