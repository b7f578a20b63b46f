#include "rawposix/proc/credentials.h"

#include <algorithm>

namespace lind::rawposix {

bool Credentials::in_group(std::uint32_t gid) const noexcept {
  return gid == groups.fs || std::ranges::binary_search(supplementary, gid);
}

Credentials Credentials::with_real_ids() const {
  Credentials real = *this;
  real.users.fs = users.real;
  real.groups.fs = groups.real;
  return real;
}

// Source: bprm_fill_uid and begin_new_exec, fs/exec.c; cap_bprm_creds_from_file, v6.1.
Credentials after_exec(Credentials credentials, const SetIds& ids) {
  if (!credentials.no_new_privs) {
    if (ids.user) credentials.users.effective = *ids.user;
    if (ids.group) credentials.groups.effective = *ids.group;
  }
  for (IdSet* const set : {&credentials.users, &credentials.groups}) {
    set->saved = set->effective;
    set->fs = set->effective;
  }
  return credentials;
}

bool is_secure(const Credentials& credentials) noexcept {
  return credentials.users.real != credentials.users.effective ||
         credentials.groups.real != credentials.groups.effective;
}

// Source: kill_ok_by_cred, kernel/signal.c, v6.1.
bool may_signal(const Credentials& sender, const Credentials& target) noexcept {
  const auto is_target = [&](std::uint32_t id) {
    return id == target.users.saved || id == target.users.real;
  };
  return sender.is_root() || is_target(sender.users.effective) || is_target(sender.users.real);
}

// Source: check_prlimit_permission, kernel/sys.c, v6.1.
bool may_limit(const Credentials& asker, const Credentials& target) noexcept {
  const auto all_are = [](const IdSet& ids, std::uint32_t id) {
    return ids.real == id && ids.effective == id && ids.saved == id;
  };
  return asker.is_root() ||
         (all_are(target.users, asker.users.real) && all_are(target.groups, asker.groups.real));
}

// Source: set_one_prio_perm, kernel/sys.c, v6.1.
bool may_prioritise(const Credentials& asker, const Credentials& target) noexcept {
  return asker.is_root() || target.users.real == asker.users.effective ||
         target.users.effective == asker.users.effective;
}

}  // namespace lind::rawposix
