/// \file
/// System calls on files and descriptors.  Contracts are Linux's; notes of uapi/syscalls.def say
/// where we differ.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/guest_memory.h"
#include "uapi/file.h"
#include "uapi/stat.h"
#include "uapi/time.h"

namespace lind::rawposix {

using runtime::GuestBytes;
using runtime::GuestPtr;
/// A NUL-terminated string of the guest.
using GuestText = GuestPtr<const char>;

// io.cc
Result<std::int64_t> sys_read(Caller&, Fd fd, GuestBytes buffer, std::uint64_t count);
Result<std::int64_t> sys_write(Caller&, Fd fd, GuestBytes buffer, std::uint64_t count);
Result<std::int64_t> sys_pread64(Caller&, Fd fd, GuestBytes buffer, std::uint64_t count,
                                 std::int64_t offset);
Result<std::int64_t> sys_pwrite64(Caller&, Fd fd, GuestBytes buffer, std::uint64_t count,
                                  std::int64_t offset);
Result<std::int64_t> sys_readv(Caller&, Fd fd, GuestPtr<uapi::Iovec> vector, std::uint64_t count);
Result<std::int64_t> sys_writev(Caller&, Fd fd, GuestPtr<uapi::Iovec> vector, std::uint64_t count);
Result<std::int64_t> sys_preadv(Caller&, Fd fd, GuestPtr<uapi::Iovec> vector, std::uint64_t count,
                                std::int64_t offset);
Result<std::int64_t> sys_pwritev(Caller&, Fd fd, GuestPtr<uapi::Iovec> vector, std::uint64_t count,
                                 std::int64_t offset);
// A guest's 64-bit offset is one argument, so `flags` is the fifth, not the sixth as on x86-64.
Result<std::int64_t> sys_preadv2(Caller&, Fd fd, GuestPtr<uapi::Iovec> vector, std::uint64_t count,
                                 std::int64_t offset, std::int32_t flags);
Result<std::int64_t> sys_pwritev2(Caller&, Fd fd, GuestPtr<uapi::Iovec> vector, std::uint64_t count,
                                  std::int64_t offset, std::int32_t flags);
Result<std::int64_t> sys_lseek(Caller&, Fd fd, std::int64_t offset, std::int32_t whence);
Result<std::int64_t> sys_getdents64(Caller&, Fd fd, GuestBytes buffer, std::uint32_t num_bytes);

// open.cc
Result<std::int64_t> sys_open(Caller&, GuestText path, std::int32_t flags, std::uint32_t mode);
Result<std::int64_t> sys_creat(Caller&, GuestText path, std::uint32_t mode);
Result<std::int64_t> sys_openat(Caller&, Fd dir, GuestText path, std::int32_t flags,
                                std::uint32_t mode);
Result<std::int64_t> sys_openat2(Caller&, Fd dir, GuestText path, GuestPtr<uapi::OpenHow> how,
                                 std::uint64_t how_bytes);
Result<std::int64_t> sys_close(Caller&, Fd fd);
Result<std::int64_t> sys_close_range(Caller&, std::uint32_t first, std::uint32_t last,
                                     std::uint32_t flags);

// stat.cc
Result<std::int64_t> sys_stat(Caller&, GuestText path, GuestPtr<uapi::Stat> out);
Result<std::int64_t> sys_lstat(Caller&, GuestText path, GuestPtr<uapi::Stat> out);
Result<std::int64_t> sys_fstat(Caller&, Fd fd, GuestPtr<uapi::Stat> out);
Result<std::int64_t> sys_newfstatat(Caller&, Fd dir, GuestText path, GuestPtr<uapi::Stat> out,
                                    std::int32_t flags);
Result<std::int64_t> sys_statx(Caller&, Fd dir, GuestText path, std::uint32_t flags,
                               std::uint32_t mask, GuestPtr<uapi::Statx> out);
Result<std::int64_t> sys_access(Caller&, GuestText path, std::int32_t mode);
Result<std::int64_t> sys_faccessat(Caller&, Fd dir, GuestText path, std::int32_t mode);
Result<std::int64_t> sys_faccessat2(Caller&, Fd dir, GuestText path, std::int32_t mode,
                                    std::int32_t flags);
Result<std::int64_t> sys_readlink(Caller&, GuestText path, GuestBytes buffer,
                                  std::int32_t num_bytes);
Result<std::int64_t> sys_readlinkat(Caller&, Fd dir, GuestText path, GuestBytes buffer,
                                    std::int32_t num_bytes);
Result<std::int64_t> sys_statfs(Caller&, GuestText path, GuestPtr<uapi::Statfs> out);
Result<std::int64_t> sys_fstatfs(Caller&, Fd fd, GuestPtr<uapi::Statfs> out);

// names.cc
Result<std::int64_t> sys_mkdir(Caller&, GuestText path, std::uint32_t mode);
Result<std::int64_t> sys_mkdirat(Caller&, Fd dir, GuestText path, std::uint32_t mode);
Result<std::int64_t> sys_mknod(Caller&, GuestText path, std::uint32_t mode, std::uint32_t device);
Result<std::int64_t> sys_mknodat(Caller&, Fd dir, GuestText path, std::uint32_t mode,
                                 std::uint32_t device);
Result<std::int64_t> sys_rmdir(Caller&, GuestText path);
Result<std::int64_t> sys_unlink(Caller&, GuestText path);
Result<std::int64_t> sys_unlinkat(Caller&, Fd dir, GuestText path, std::int32_t flags);
Result<std::int64_t> sys_rename(Caller&, GuestText from, GuestText to);
Result<std::int64_t> sys_renameat(Caller&, Fd from_dir, GuestText from, Fd to_dir, GuestText to);
Result<std::int64_t> sys_renameat2(Caller&, Fd from_dir, GuestText from, Fd to_dir, GuestText to,
                                   std::uint32_t flags);
Result<std::int64_t> sys_link(Caller&, GuestText from, GuestText to);
Result<std::int64_t> sys_linkat(Caller&, Fd from_dir, GuestText from, Fd to_dir, GuestText to,
                                std::int32_t flags);
Result<std::int64_t> sys_symlink(Caller&, GuestText target, GuestText path);
Result<std::int64_t> sys_symlinkat(Caller&, GuestText target, Fd dir, GuestText path);

// attributes.cc
Result<std::int64_t> sys_chmod(Caller&, GuestText path, std::uint32_t mode);
Result<std::int64_t> sys_fchmod(Caller&, Fd fd, std::uint32_t mode);
Result<std::int64_t> sys_fchmodat(Caller&, Fd dir, GuestText path, std::uint32_t mode);
Result<std::int64_t> sys_chown(Caller&, GuestText path, std::uint32_t uid, std::uint32_t gid);
Result<std::int64_t> sys_lchown(Caller&, GuestText path, std::uint32_t uid, std::uint32_t gid);
Result<std::int64_t> sys_fchown(Caller&, Fd fd, std::uint32_t uid, std::uint32_t gid);
Result<std::int64_t> sys_fchownat(Caller&, Fd dir, GuestText path, std::uint32_t uid,
                                  std::uint32_t gid, std::int32_t flags);
Result<std::int64_t> sys_umask(Caller&, std::uint32_t mask);

// file_times.cc
Result<std::int64_t> sys_utimensat(Caller&, Fd dir, GuestText path, GuestPtr<uapi::Timespec> times,
                                   std::int32_t flags);
Result<std::int64_t> sys_futimesat(Caller&, Fd dir, GuestText path, GuestPtr<uapi::Timeval> times);
Result<std::int64_t> sys_utimes(Caller&, GuestText path, GuestPtr<uapi::Timeval> times);
Result<std::int64_t> sys_utime(Caller&, GuestText path, GuestPtr<uapi::Utimbuf> times);

// extent.cc
Result<std::int64_t> sys_truncate(Caller&, GuestText path, std::int64_t length);
Result<std::int64_t> sys_ftruncate(Caller&, Fd fd, std::int64_t length);
Result<std::int64_t> sys_fallocate(Caller&, Fd fd, std::int32_t mode, std::int64_t offset,
                                   std::int64_t length);
Result<std::int64_t> sys_fsync(Caller&, Fd fd);
Result<std::int64_t> sys_fdatasync(Caller&, Fd fd);
Result<std::int64_t> sys_sync(Caller&);
Result<std::int64_t> sys_syncfs(Caller&, Fd fd);
Result<std::int64_t> sys_sync_file_range(Caller&, Fd fd, std::int64_t offset, std::int64_t length,
                                         std::uint32_t flags);
Result<std::int64_t> sys_fadvise64(Caller&, Fd fd, std::int64_t offset, std::int64_t length,
                                   std::int32_t advice);
Result<std::int64_t> sys_readahead(Caller&, Fd fd, std::int64_t offset, std::uint64_t count);

// descriptor.cc
Result<std::int64_t> sys_dup(Caller&, Fd fd);
Result<std::int64_t> sys_dup2(Caller&, Fd fd, Fd to);
Result<std::int64_t> sys_dup3(Caller&, Fd fd, Fd to, std::int32_t flags);
Result<std::int64_t> sys_fcntl(Caller&, Fd fd, std::int32_t command, GuestPtr<uapi::Flock> arg);
Result<std::int64_t> sys_flock(Caller&, Fd fd, std::int32_t operation);

// special_files.cc
Result<std::int64_t> sys_pipe(Caller&, GuestPtr<uapi::FdPair> out);
Result<std::int64_t> sys_pipe2(Caller&, GuestPtr<uapi::FdPair> out, std::int32_t flags);
Result<std::int64_t> sys_memfd_create(Caller&, GuestText name, std::uint32_t flags);
Result<std::int64_t> sys_eventfd(Caller&, std::uint32_t count);
Result<std::int64_t> sys_eventfd2(Caller&, std::uint32_t count, std::int32_t flags);

// epoll.cc
Result<std::int64_t> sys_epoll_create(Caller&, std::int32_t size);
Result<std::int64_t> sys_epoll_create1(Caller&, std::int32_t flags);
Result<std::int64_t> sys_epoll_ctl(Caller&, Fd epoll, std::int32_t operation, Fd fd,
                                   GuestPtr<uapi::EpollEvent> event);
Result<std::int64_t> sys_epoll_wait(Caller&, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                    std::int32_t max_events, std::int32_t timeout_ms);
Result<std::int64_t> sys_epoll_pwait(Caller&, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                     std::int32_t max_events, std::int32_t timeout_ms,
                                     GuestPtr<std::uint64_t> mask, std::uint64_t mask_bytes);
Result<std::int64_t> sys_epoll_pwait2(Caller&, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                      std::int32_t max_events, GuestPtr<uapi::Timespec> timeout,
                                      GuestPtr<std::uint64_t> mask, std::uint64_t mask_bytes);

// poll.cc, select.cc
Result<std::int64_t> sys_poll(Caller&, GuestPtr<uapi::Pollfd> fds, std::uint32_t num_fds,
                              std::int32_t timeout_ms);
Result<std::int64_t> sys_ppoll(Caller&, GuestPtr<uapi::Pollfd> fds, std::uint32_t num_fds,
                               GuestPtr<uapi::Timespec> timeout, GuestPtr<std::uint64_t> mask,
                               std::uint64_t mask_bytes);
Result<std::int64_t> sys_select(Caller&, std::int32_t num_fds, GuestBytes readable,
                                GuestBytes writable, GuestBytes exceptional,
                                GuestPtr<uapi::Timeval> timeout);
Result<std::int64_t> sys_pselect6(Caller&, std::int32_t num_fds, GuestBytes readable,
                                  GuestBytes writable, GuestBytes exceptional,
                                  GuestPtr<uapi::Timespec> timeout,
                                  GuestPtr<uapi::SigsetArgument> mask);

// ioctl.cc
Result<std::int64_t> sys_ioctl(Caller&, Fd fd, std::uint32_t request, GuestBytes arg);

// working_directory.cc
Result<std::int64_t> sys_getcwd(Caller&, GuestBytes buffer, std::uint64_t num_bytes);
Result<std::int64_t> sys_chdir(Caller&, GuestText path);
Result<std::int64_t> sys_fchdir(Caller&, Fd fd);

// transfer.cc
Result<std::int64_t> sys_sendfile(Caller&, Fd out, Fd in, GuestPtr<std::int64_t> offset,
                                  std::uint64_t count);
Result<std::int64_t> sys_copy_file_range(Caller&, Fd in, GuestPtr<std::int64_t> in_offset, Fd out,
                                         GuestPtr<std::int64_t> out_offset, std::uint64_t count,
                                         std::uint32_t flags);
Result<std::int64_t> sys_splice(Caller&, Fd in, GuestPtr<std::int64_t> in_offset, Fd out,
                                GuestPtr<std::int64_t> out_offset, std::uint64_t count,
                                std::uint32_t flags);
Result<std::int64_t> sys_tee(Caller&, Fd in, Fd out, std::uint64_t count, std::uint32_t flags);

// xattr.cc
Result<std::int64_t> sys_setxattr(Caller&, GuestText path, GuestText name, GuestBytes value,
                                  std::uint64_t num_bytes, std::int32_t flags);
Result<std::int64_t> sys_getxattr(Caller&, GuestText path, GuestText name, GuestBytes value,
                                  std::uint64_t num_bytes);
Result<std::int64_t> sys_listxattr(Caller&, GuestText path, GuestBytes into,
                                   std::uint64_t num_bytes);
Result<std::int64_t> sys_removexattr(Caller&, GuestText path, GuestText name);
Result<std::int64_t> sys_lsetxattr(Caller&, GuestText path, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes, std::int32_t flags);
Result<std::int64_t> sys_lgetxattr(Caller&, GuestText path, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes);
Result<std::int64_t> sys_llistxattr(Caller&, GuestText path, GuestBytes into,
                                    std::uint64_t num_bytes);
Result<std::int64_t> sys_lremovexattr(Caller&, GuestText path, GuestText name);
Result<std::int64_t> sys_fsetxattr(Caller&, Fd fd, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes, std::int32_t flags);
Result<std::int64_t> sys_fgetxattr(Caller&, Fd fd, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes);
Result<std::int64_t> sys_flistxattr(Caller&, Fd fd, GuestBytes into, std::uint64_t num_bytes);
Result<std::int64_t> sys_fremovexattr(Caller&, Fd fd, GuestText name);

// inotify.cc
Result<std::int64_t> sys_inotify_init(Caller&);
Result<std::int64_t> sys_inotify_init1(Caller&, std::int32_t flags);
Result<std::int64_t> sys_inotify_add_watch(Caller&, Fd fd, GuestText path, std::uint32_t mask);
Result<std::int64_t> sys_inotify_rm_watch(Caller&, Fd fd, std::int32_t watch);

// chroot is in working_directory.cc
Result<std::int64_t> sys_chroot(Caller&, GuestText path);

}  // namespace lind::rawposix
