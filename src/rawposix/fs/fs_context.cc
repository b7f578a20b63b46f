#include "rawposix/fs/fs_context.h"

namespace lind::rawposix {

std::shared_ptr<FsContext> FsContext::copy() const {
  auto child = std::make_shared<FsContext>(mounts_, "/");
  child->set_root(root());
  child->set_base(base());
  child->set_umask(umask());
  return child;
}

BaseDirectory FsContext::base() const {
  const MutexLock lock(mu_);
  return cwd_;
}

void FsContext::set_base(BaseDirectory directory) {
  const MutexLock lock(mu_);
  directory.root = cwd_.root;
  std::swap(cwd_, directory);  // the old directory is released outside the lock
}

std::shared_ptr<const BaseDirectory> FsContext::root() const {
  const MutexLock lock(mu_);
  return cwd_.root;
}

void FsContext::set_root(std::shared_ptr<const BaseDirectory> root) {
  const MutexLock lock(mu_);
  std::swap(cwd_.root, root);
}

std::uint32_t FsContext::umask() const {
  const MutexLock lock(mu_);
  return umask_;
}

std::uint32_t FsContext::set_umask(std::uint32_t mask) {
  const MutexLock lock(mu_);
  return std::exchange(umask_, mask & 0777);
}

}  // namespace lind::rawposix
