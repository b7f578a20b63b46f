#include "rawposix/table.h"

#include <array>
#include <string_view>

#include "rawposix/dispatch.h"
#include "rawposix/handlers.h"
#include "uapi/syscall_no.h"

namespace lind::rawposix {
namespace {

using EntryTable = std::array<threei::MicrovisorEntry, uapi::kSyscallLimit>;

// A row that promises support names its handler here: without one this does not compile.
constexpr EntryTable kEntries = [] {
  EntryTable table{};
#define LIND_ENTRY_kFull(number, name) table[number] = &Entry<&sys_##name>::call;
#define LIND_ENTRY_kPartial(number, name) LIND_ENTRY_kFull(number, name)
#define LIND_ENTRY_kDenied(number, name)
#define LIND_SYSCALL(number, name, support, note) LIND_ENTRY_##support(number, name)
#include "uapi/syscalls.def"
#undef LIND_SYSCALL
#undef LIND_ENTRY_kDenied
#undef LIND_ENTRY_kPartial
#undef LIND_ENTRY_kFull
  return table;
}();

constexpr uapi::Errno denial(std::string_view note) noexcept {
  if (note.starts_with("EPERM")) return uapi::Errno::kEPERM;
  if (note.starts_with("EOPNOTSUPP")) return uapi::Errno::kEOPNOTSUPP;
  return uapi::Errno::kENOSYS;
}

}  // namespace

std::span<const threei::MicrovisorEntry> microvisor_entries() noexcept {
  return kEntries;
}

std::shared_ptr<const threei::RouteSnapshot> default_routes() {
  auto snapshot = std::make_shared<threei::RouteSnapshot>();
  for (std::size_t number = 0; number < kEntries.size(); ++number) {
    if (kEntries[number] == nullptr) continue;
    snapshot->words[number] = threei::Route::microvisor().word();
  }
#define LIND_ENTRY_kFull(number, note)
#define LIND_ENTRY_kPartial(number, note)
#define LIND_ENTRY_kDenied(number, note) \
  snapshot->words[number] = threei::Route::deny(denial(note)).word();
#define LIND_SYSCALL(number, name, support, note) LIND_ENTRY_##support(number, note)
#include "uapi/syscalls.def"
#undef LIND_SYSCALL
#undef LIND_ENTRY_kDenied
#undef LIND_ENTRY_kPartial
#undef LIND_ENTRY_kFull
  for (auto own = static_cast<std::size_t>(uapi::SyscallNo::k_register_handler);
       own <= static_cast<std::size_t>(uapi::SyscallNo::k_fork_interpose); ++own) {
    snapshot->words[own] = threei::Route::threei().word();
  }
  return snapshot;
}

}  // namespace lind::rawposix
