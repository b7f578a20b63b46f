#include "rawposix/fs/fd_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "rawposix/fs/record_locks.h"

namespace lind::rawposix {
namespace {

std::size_t to_index(Fd fd) noexcept {
  return static_cast<std::size_t>(to_i32(fd));
}

}  // namespace

FdSlot::FdSlot(FdSlot&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), fd_(other.fd_) {}

FdSlot::~FdSlot() {
  if (table_ != nullptr) table_->release(fd_);
}

void FdSlot::install(std::shared_ptr<OpenFile> file, bool close_on_exec) {
  LIND_CHECK(table_ != nullptr);
  std::exchange(table_, nullptr)->fill(fd_, std::move(file), close_on_exec);
}

FdTable::FdTable(std::uint32_t limit) : lock_owner_(new_lock_owner()), limit_(limit) {}

FdTable::~FdTable() {
  std::shared_ptr<RecordLocks> locks;
  {
    const MutexLock lock(mu_);
    locks = std::move(record_locks_);
  }
  if (locks != nullptr) locks->release_all(lock_owner_);
}

void FdTable::use_record_locks(std::shared_ptr<RecordLocks> locks) {
  const MutexLock lock(mu_);
  record_locks_ = std::move(locks);
}

void FdTable::part_from(std::span<const std::shared_ptr<OpenFile>> files) const {
  std::shared_ptr<RecordLocks> locks;
  {
    const MutexLock lock(mu_);
    locks = record_locks_;
  }
  if (locks == nullptr) return;
  for (const std::shared_ptr<OpenFile>& file : files)
    locks->closed(*file, lock_owner_);
}

const FdTable::Slot* FdTable::find_locked(Fd fd) const {
  if (to_i32(fd) < 0 || to_index(fd) >= slots_.size()) return nullptr;
  const Slot& slot = slots_[to_index(fd)];
  return slot.file == nullptr ? nullptr : &slot;
}

Result<std::shared_ptr<OpenFile>> FdTable::get(Fd fd) const {
  const MutexLock lock(mu_);
  const Slot* const slot = find_locked(fd);
  if (slot == nullptr) return uapi::Errno::kEBADF;
  return slot->file;
}

Result<FdSlot> FdTable::reserve(std::int32_t lowest) {
  if (!OpenFile::may_be_more()) return uapi::Errno::kENFILE;
  const MutexLock lock(mu_);
  if (lowest < 0) return uapi::Errno::kEINVAL;
  const auto first = static_cast<std::uint32_t>(lowest);
  if (first > 0 && first >= limit_) return uapi::Errno::kEINVAL;
  std::uint32_t number = std::max(first, lowest_free_);
  while (number < slots_.size() && slots_[number].taken())
    ++number;
  if (number >= limit_) return uapi::Errno::kEMFILE;
  if (number >= slots_.size()) slots_.resize(number + 1);
  slots_[number].reserved = true;
  if (first <= lowest_free_) lowest_free_ = number + 1;
  return FdSlot(this, Fd{static_cast<std::int32_t>(number)});
}

void FdTable::release(Fd fd) {
  const MutexLock lock(mu_);
  slots_[to_index(fd)].reserved = false;
  lowest_free_ = std::min(lowest_free_, static_cast<std::uint32_t>(to_i32(fd)));
}

void FdTable::fill(Fd fd, std::shared_ptr<OpenFile> file, bool close_on_exec) {
  const MutexLock lock(mu_);
  slots_[to_index(fd)] = Slot{std::move(file), false, close_on_exec};
}

Result<void> FdTable::replace(Fd fd, std::shared_ptr<OpenFile> file, bool close_on_exec) {
  {
    const MutexLock lock(mu_);
    if (to_i32(fd) < 0 || to_index(fd) >= limit_) return uapi::Errno::kEBADF;
    if (to_index(fd) >= slots_.size()) slots_.resize(to_index(fd) + 1);
    Slot& slot = slots_[to_index(fd)];
    if (slot.reserved) return uapi::Errno::kEBUSY;
    std::swap(slot.file, file);
    slot.close_on_exec = close_on_exec;
  }
  // `file` is what was replaced: closed here, outside the lock
  if (file != nullptr) part_from({&file, 1});
  return {};
}

Result<void> FdTable::close(Fd fd) {
  std::shared_ptr<OpenFile> closed;
  std::shared_ptr<RecordLocks> locks;
  {
    const MutexLock lock(mu_);
    if (find_locked(fd) == nullptr) return uapi::Errno::kEBADF;
    closed = take_locked(to_index(fd));
    locks = record_locks_;
  }
  if (locks != nullptr) locks->closed(*closed, lock_owner_);
  return {};
}

std::shared_ptr<OpenFile> FdTable::take_locked(std::size_t index) {
  lowest_free_ = std::min(lowest_free_, static_cast<std::uint32_t>(index));
  slots_[index].close_on_exec = false;
  return std::exchange(slots_[index].file, nullptr);
}

void FdTable::close_range(std::uint32_t first, std::uint32_t last) {
  std::vector<std::shared_ptr<OpenFile>> closed;
  {
    const MutexLock lock(mu_);
    for (std::size_t i = first; i < slots_.size() && i <= last; ++i) {
      if (slots_[i].file != nullptr) closed.push_back(take_locked(i));
    }
  }
  part_from(closed);
}

void FdTable::mark_range(std::uint32_t first, std::uint32_t last) {
  const MutexLock lock(mu_);
  for (std::size_t i = first; i < slots_.size() && i <= last; ++i) {
    if (slots_[i].file != nullptr) slots_[i].close_on_exec = true;
  }
}

Result<bool> FdTable::close_on_exec(Fd fd) const {
  const MutexLock lock(mu_);
  const Slot* const slot = find_locked(fd);
  if (slot == nullptr) return uapi::Errno::kEBADF;
  return slot->close_on_exec;
}

Result<void> FdTable::set_close_on_exec(Fd fd, bool value) {
  const MutexLock lock(mu_);
  if (find_locked(fd) == nullptr) return uapi::Errno::kEBADF;
  slots_[to_index(fd)].close_on_exec = value;
  return {};
}

std::shared_ptr<FdTable> FdTable::copy() const {
  const MutexLock lock(mu_);
  auto child = std::make_shared<FdTable>(limit_);
  const MutexLock child_lock(child->mu_);
  child->slots_ = slots_;
  child->lowest_free_ = 0;  // reservations before it are free in the child
  for (Slot& slot : child->slots_)
    slot.reserved = false;
  return child;
}

void FdTable::close_marked() {
  std::vector<std::shared_ptr<OpenFile>> closed;
  {
    const MutexLock lock(mu_);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].close_on_exec) closed.push_back(take_locked(i));
    }
  }
  part_from(closed);
}

void FdTable::close_all() {
  close_range(0, kMaxLimit);
}

std::uint32_t FdTable::limit() const {
  const MutexLock lock(mu_);
  return limit_;
}

void FdTable::set_limit(std::uint32_t limit) {
  const MutexLock lock(mu_);
  limit_ = std::min(limit, kMaxLimit);
}

std::uint32_t FdTable::num_slots() const {
  const MutexLock lock(mu_);
  return static_cast<std::uint32_t>(slots_.size());
}

}  // namespace lind::rawposix
