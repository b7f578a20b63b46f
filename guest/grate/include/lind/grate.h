/// \file
/// Writing grates in C.  Link with -llind-grate.  docs/guide/write-a-grate.md builds one.
///
/// A handler runs on the calling cage's host thread, as a thread of the grate of its own: errno,
/// malloc and mutexes work, many handlers run at once.  What the handler does itself, it does as
/// the grate; lind_forward and lind_make act for the caller.  A result is that of a system call: >=
/// 0, or -errno.
#ifndef LIND_GRATE_H
#define LIND_GRATE_H 1

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lind/threei.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef long long lind_result;
typedef lind_result (*lind_handler)(struct lind_call* call);

// --- what the next child is given ---------------------------------------------------------------
// Each of these returns 0, or -1 and errno ENOSPC when there are too many.

/// `handler` answers `number`, or LIND_EVERY_NUMBER that is not named.
int lind_on(int number, lind_handler handler);
/// `number` fails with `error`.
int lind_on_deny(int number, int error);
/// `number` is not this grate's, whatever it says about every number.
int lind_on_pass(int number);

/// fork, with a child that has all that was given above from its first instruction on.
pid_t lind_fork(void);
/// Has a child execute `argv` (a grate by its name, or a program) and waits for it.  Returns what a
/// shell would give as its status, 127 if it is not there and 126 if it cannot be run.
int lind_run(char* const argv[]);

// --- inside a handler ---------------------------------------------------------------------------
/// The call as it is, answered by what lies beneath this grate.
static inline lind_result lind_forward(void) {
  return lind_raw_syscall(LIND_forward, 0, 0, 0, 0, 0, 0);
}
/// `call`, which the handler may have changed, answered by what lies beneath this grate for its
/// target.
lind_result lind_make(const struct lind_call* call);
/// The same, but answered by what lies beneath this grate's own layer in the table of the call's
/// target: grates that run under this one and have routed the target, at last what lind_make would
/// reach.
lind_result lind_make_beneath(const struct lind_call* call);
/// Whether whom this handler keeps waiting has a signal to take, or is to end.  A handler that
/// waits for another one (futex, condition variable) is woken once for that, and its wait looks as
/// if it had been woken for no reason; if it can give up, it asks here and returns -EINTR.
int lind_interrupted(void);
/// Argument `index` becomes an address of ours.
static inline void lind_give(struct lind_call* call, int index, const void* address) {
  call->arg[index] = (uintptr_t)address;
  call->owner[index] = call->grate;
}

// --- memory of other cages ----------------------------------------------------------------------
// Bytes copied, fewer if there is a fault in between; -errno (EFAULT, EPERM, ESRCH).
ssize_t lind_copy_in(void* to, uint32_t cage, uint64_t from, size_t bytes);
ssize_t lind_copy_out(uint32_t cage, uint64_t to, const void* from, size_t bytes);
/// Bytes with the NUL; -ENAMETOOLONG if there is none within `bytes`.
ssize_t lind_copy_string(char* to, uint32_t cage, uint64_t from, size_t bytes);

/// Argument `index` of `call` as a pointer: what it points to, to or from ours.
static inline ssize_t lind_get(const struct lind_call* call, int index, void* to, size_t bytes) {
  return lind_copy_in(to, call->owner[index], call->arg[index], bytes);
}
static inline ssize_t lind_put(const struct lind_call* call, int index, const void* from,
                               size_t bytes) {
  return lind_copy_out(call->owner[index], call->arg[index], from, bytes);
}
static inline ssize_t lind_get_string(const struct lind_call* call, int index, char* to,
                                      size_t bytes) {
  return lind_copy_string(to, call->owner[index], call->arg[index], bytes);
}

// --- routes of cages that live already ----------------------------------------------------------
// 0 or -errno: EPERM (not ours to change, or sealed), ESRCH, EINVAL.
int lind_register(uint32_t target, int number, lind_handler handler);
int lind_register_to(uint32_t target, int number, uint32_t grate, uint32_t handler, uint32_t flags);
int lind_deregister(uint32_t target, int number);
int lind_copy_table(uint32_t source, uint32_t target);
int lind_seal(uint32_t target);
/// Number of rows there are, topmost first; at most `count` are stored.
int lind_query(uint32_t target, int number, struct lind_route_row* rows, unsigned count);

/// "" for a number without a name.
const char* lind_syscall_name(int number);

#ifdef __cplusplus
}
#endif
#endif
