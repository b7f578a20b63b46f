#include "wasi/descriptor_table.h"

#include <utility>

#include "rawposix/fs/fd_table.h"

namespace lind::wasi {

Result<Descriptor> DescriptorTable::find(std::uint32_t fd, Rights needed) const {
  const MutexLock lock(mu_);
  if (!has_locked(fd)) return Errno::kBadf;
  if ((needed & ~slots_[fd]->base) != 0) return Errno::kNotcapable;
  return *slots_[fd];
}

Answer DescriptorTable::add(std::int64_t fd, Descriptor descriptor) {
  if (fd < 0 || fd >= std::int64_t{rawposix::FdTable::kMaxLimit}) return Errno::kNfile;
  const auto slot = static_cast<std::size_t>(fd);
  const MutexLock lock(mu_);
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  slots_[slot] = std::move(descriptor);
  return {};
}

Answer DescriptorTable::remove(std::uint32_t fd) {
  const MutexLock lock(mu_);
  if (!has_locked(fd)) return Errno::kBadf;
  slots_[fd].reset();
  return {};
}

Answer DescriptorTable::move(std::uint32_t from, std::uint32_t to) {
  const MutexLock lock(mu_);
  if (!has_locked(from) || !has_locked(to)) return Errno::kBadf;
  if (from != to) slots_[to] = std::exchange(slots_[from], std::nullopt);
  return {};
}

Answer DescriptorTable::restrict_rights(std::uint32_t fd, Rights base, Rights inheriting) {
  const MutexLock lock(mu_);
  if (!has_locked(fd)) return Errno::kBadf;
  Descriptor& descriptor = *slots_[fd];
  if ((base & ~descriptor.base) != 0 || (inheriting & ~descriptor.inheriting) != 0) {
    return Errno::kNotcapable;
  }
  descriptor.base = base;
  descriptor.inheriting = inheriting;
  return {};
}

}  // namespace lind::wasi
