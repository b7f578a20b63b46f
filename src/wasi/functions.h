/// \file
/// The functions of WASI.  Contracts are those of the witx (abi.h names it); parameters are in its
/// order and under its names.
///
/// Errors of all that take a descriptor: kBadf, kNotcapable; of all that take a pointer: kFault.

#pragma once

#include <cstdint>

#include "wasi/function.h"

namespace lind::wasi {

// arguments.cc
Answer args_get(Context&, Ptr<std::uint32_t> argv, Bytes buffer);
Answer args_sizes_get(Context&, Ptr<std::uint32_t> count, Ptr<std::uint32_t> num_bytes);
Answer environ_get(Context&, Ptr<std::uint32_t> environ, Bytes buffer);
Answer environ_sizes_get(Context&, Ptr<std::uint32_t> count, Ptr<std::uint32_t> num_bytes);

// clock.cc
Answer clock_res_get(Context&, std::uint32_t id, Ptr<std::uint64_t> resolution);
Answer clock_time_get(Context&, std::uint32_t id, std::uint64_t precision, Ptr<std::uint64_t> time);

// descriptor.cc
Answer fd_close(Context&, std::uint32_t fd);
Answer fd_renumber(Context&, std::uint32_t from, std::uint32_t to);
Answer fd_fdstat_get(Context&, std::uint32_t fd, Ptr<Fdstat> stat);
Answer fd_fdstat_set_flags(Context&, std::uint32_t fd, std::uint32_t flags);
Answer fd_fdstat_set_rights(Context&, std::uint32_t fd, Rights base, Rights inheriting);
Answer fd_prestat_get(Context&, std::uint32_t fd, Ptr<Prestat> prestat);
Answer fd_prestat_dir_name(Context&, std::uint32_t fd, Bytes path, std::uint32_t path_bytes);

// io.cc
Answer fd_read(Context&, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
               Ptr<std::uint32_t> num_bytes);
Answer fd_write(Context&, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                Ptr<std::uint32_t> num_bytes);
Answer fd_pread(Context&, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                std::uint64_t offset, Ptr<std::uint32_t> num_bytes);
Answer fd_pwrite(Context&, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                 std::uint64_t offset, Ptr<std::uint32_t> num_bytes);
Answer fd_seek(Context&, std::uint32_t fd, std::int64_t delta, std::uint32_t whence,
               Ptr<std::uint64_t> offset);
Answer fd_tell(Context&, std::uint32_t fd, Ptr<std::uint64_t> offset);

// file.cc
Answer fd_advise(Context&, std::uint32_t fd, std::uint64_t offset, std::uint64_t length,
                 std::uint32_t advice);
Answer fd_allocate(Context&, std::uint32_t fd, std::uint64_t offset, std::uint64_t length);
Answer fd_datasync(Context&, std::uint32_t fd);
Answer fd_sync(Context&, std::uint32_t fd);
Answer fd_filestat_get(Context&, std::uint32_t fd, Ptr<Filestat> stat);
Answer fd_filestat_set_size(Context&, std::uint32_t fd, std::uint64_t size);
Answer fd_filestat_set_times(Context&, std::uint32_t fd, std::uint64_t atim, std::uint64_t mtim,
                             std::uint32_t flags);

// directory.cc
Answer fd_readdir(Context&, std::uint32_t fd, Bytes buffer, std::uint32_t buffer_bytes,
                  std::uint64_t cookie, Ptr<std::uint32_t> used_bytes);

// path.cc, path_open.cc
Answer path_create_directory(Context&, std::uint32_t fd, Bytes path, std::uint32_t path_bytes);
Answer path_filestat_get(Context&, std::uint32_t fd, std::uint32_t flags, Bytes path,
                         std::uint32_t path_bytes, Ptr<Filestat> stat);
Answer path_filestat_set_times(Context&, std::uint32_t fd, std::uint32_t flags, Bytes path,
                               std::uint32_t path_bytes, std::uint64_t atim, std::uint64_t mtim,
                               std::uint32_t fst_flags);
Answer path_link(Context&, std::uint32_t old_fd, std::uint32_t old_flags, Bytes old_path,
                 std::uint32_t old_bytes, std::uint32_t new_fd, Bytes new_path,
                 std::uint32_t new_bytes);
Answer path_open(Context&, std::uint32_t fd, std::uint32_t dirflags, Bytes path,
                 std::uint32_t path_bytes, std::uint32_t oflags, Rights base, Rights inheriting,
                 std::uint32_t fdflags, Ptr<std::uint32_t> opened);
Answer path_readlink(Context&, std::uint32_t fd, Bytes path, std::uint32_t path_bytes, Bytes buffer,
                     std::uint32_t buffer_bytes, Ptr<std::uint32_t> used_bytes);
Answer path_remove_directory(Context&, std::uint32_t fd, Bytes path, std::uint32_t path_bytes);
Answer path_rename(Context&, std::uint32_t fd, Bytes old_path, std::uint32_t old_bytes,
                   std::uint32_t new_fd, Bytes new_path, std::uint32_t new_bytes);
Answer path_symlink(Context&, Bytes old_path, std::uint32_t old_bytes, std::uint32_t fd,
                    Bytes new_path, std::uint32_t new_bytes);
Answer path_unlink_file(Context&, std::uint32_t fd, Bytes path, std::uint32_t path_bytes);

// poll.cc
Answer poll_oneoff(Context&, Ptr<Subscription> in, Ptr<Event> out, std::uint32_t count,
                   Ptr<std::uint32_t> num_events);

// process.cc
void proc_exit(Context&, std::uint32_t code);
Answer proc_raise(Context&, std::uint32_t signal);
Answer sched_yield(Context&);
Answer random_get(Context&, Bytes buffer, std::uint32_t num_bytes);
/// The new thread's number, or negative.
std::int32_t thread_spawn(Context&, std::uint32_t argument);

// socket.cc
Answer sock_accept(Context&, std::uint32_t fd, std::uint32_t flags, Ptr<std::uint32_t> accepted);
Answer sock_recv(Context&, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                 std::uint32_t flags, Ptr<std::uint32_t> num_bytes, Ptr<std::uint16_t> out_flags);
Answer sock_send(Context&, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                 std::uint32_t flags, Ptr<std::uint32_t> num_bytes);
Answer sock_shutdown(Context&, std::uint32_t fd, std::uint32_t how);

// snapshot0.cc: where the predecessor differs
Answer fd_seek_0(Context&, std::uint32_t fd, std::int64_t delta, std::uint32_t whence,
                 Ptr<std::uint64_t> offset);
Answer fd_filestat_get_0(Context&, std::uint32_t fd, Ptr<Filestat0> stat);
Answer path_filestat_get_0(Context&, std::uint32_t fd, std::uint32_t flags, Bytes path,
                           std::uint32_t path_bytes, Ptr<Filestat0> stat);
Answer poll_oneoff_0(Context&, Ptr<Subscription0> in, Ptr<Event> out, std::uint32_t count,
                     Ptr<std::uint32_t> num_events);

}  // namespace lind::wasi
