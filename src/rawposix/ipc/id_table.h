/// \file
/// Keys and identifiers of System V objects.

#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <utility>

#include "base/result.h"
#include "uapi/ipc.h"

namespace lind::rawposix {

/// Now, as the structures have it.
inline std::int64_t ipc_time() noexcept {
  return ::time(nullptr);
}

/// Objects of one kind.  T has `perm` (uapi::IpcPerm) and `removed` (bool), which says that the
/// identifier is gone and ends all waits.
///
/// Threading: the user's lock guards the table and everything in it.
template <typename T>
class IdTable {
 public:
  using Ref = std::shared_ptr<T>;

  explicit IdTable(std::size_t max_objects) : max_objects_(max_objects) {}

  /// What shmget and its like have in common.  `create` makes a new object; `check` says whether
  /// an old one fits.
  /// Errors: ENOENT, EEXIST, ENOSPC; those of `create` and `check`.
  template <typename Create, typename Check>
  Result<std::int32_t> get(std::int32_t key, std::int32_t flags, Create create, Check check) {
    if (key != uapi::kIPC_PRIVATE) {
      for (const auto& [id, object] : objects_) {
        if (object->perm.key != key) continue;
        const bool exclusive = (flags & uapi::kIPC_CREAT) != 0 && (flags & uapi::kIPC_EXCL) != 0;
        if (exclusive) return uapi::Errno::kEEXIST;
        LIND_TRY(check(*object));
        return id;
      }
      if ((flags & uapi::kIPC_CREAT) == 0) return uapi::Errno::kENOENT;
    }
    Ref created = LIND_TRY(create());
    if (objects_.size() >= max_objects_) return uapi::Errno::kENOSPC;
    created->perm.key = key;
    created->perm.mode = static_cast<std::uint32_t>(flags) & 0777;
    return add(std::move(created));
  }

  /// Null if there is none.
  Ref find(std::int32_t id) const {
    const auto found = objects_.find(id);
    return found == objects_.end() ? nullptr : found->second;
  }
  void remove(std::int32_t id) {
    const auto found = objects_.find(id);
    found->second->removed = true;
    objects_.erase(found);
  }
  /// IPC_SET of owner and mode.
  static void set_perm(T& object, const uapi::IpcPerm& wanted) {
    object.perm.uid = wanted.uid;
    object.perm.gid = wanted.gid;
    object.perm.mode = (object.perm.mode & ~0777u) | (wanted.mode & 0777u);
  }
  const std::map<std::int32_t, Ref>& all() const noexcept { return objects_; }

 private:
  // An identifier is not used again for long, so that a late call does not meet another object.
  std::int32_t add(Ref object) {
    while (objects_.contains(next_))
      next_ = next_ == kLast ? 0 : next_ + 1;
    object->perm.seq = static_cast<std::uint16_t>(next_ & 0xffff);
    const std::int32_t id = next_;
    objects_[id] = std::move(object);
    next_ = next_ == kLast ? 0 : next_ + 1;
    return id;
  }
  static constexpr std::int32_t kLast = 0x7fffffff;

  std::size_t max_objects_;
  std::int32_t next_ = 0;
  std::map<std::int32_t, Ref> objects_;
};

}  // namespace lind::rawposix
