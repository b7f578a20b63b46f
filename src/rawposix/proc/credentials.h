/// \file
/// Who a process is: user and group numbers as Linux keeps them, inside the instance only.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lind::rawposix {

/// The four forms of one number.
struct IdSet {
  std::uint32_t real = 0;
  std::uint32_t effective = 0;
  std::uint32_t saved = 0;
  std::uint32_t fs = 0;  ///< of file access; follows `effective` unless setfsuid was called

  bool has(std::uint32_t id) const noexcept { return id == real || id == effective || id == saved; }
  friend bool operator==(const IdSet&, const IdSet&) = default;
};

/// An effective uid of 0 stands for every capability that concerns the instance alone, as it does
/// on Linux for a process that never touched its capabilities.  The host user stays who it is: what
/// it may not do, uid 0 may not do either.
///
/// They belong to the process.  Linux keeps them for each thread, and every C library makes them
/// the same again.
struct Credentials {
  IdSet users;
  IdSet groups;
  std::vector<std::uint32_t> supplementary;  ///< sorted
  bool no_new_privs = false;                 ///< set-id bits mean nothing to exec

  bool is_root() const noexcept { return users.effective == 0; }
  /// Whether modes of files do not concern it.
  bool overrides_modes() const noexcept { return users.fs == 0; }
  /// Whether file calls are the host's alone: nothing to check, and new files are the host user's.
  bool is_host_user() const noexcept { return users.fs == 0 && groups.fs == 0; }
  /// For file access.
  bool in_group(std::uint32_t gid) const noexcept;
  /// What access(2) asks for.
  Credentials with_real_ids() const;
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// The owners whom a program's set-id bits ask for.
struct SetIds {
  std::optional<std::uint32_t> user;
  std::optional<std::uint32_t> group;
};

/// What exec makes of them.
Credentials after_exec(Credentials credentials, const SetIds& ids);
/// Whether a program that starts with them runs for someone else (AT_SECURE).
bool is_secure(const Credentials& credentials) noexcept;

/// kill(2)'s question, but for SIGCONT in one session.
bool may_signal(const Credentials& sender, const Credentials& target) noexcept;
/// prlimit(2)'s question about another process.
bool may_limit(const Credentials& asker, const Credentials& target) noexcept;
/// setpriority(2)'s.
bool may_prioritise(const Credentials& asker, const Credentials& target) noexcept;

}  // namespace lind::rawposix
