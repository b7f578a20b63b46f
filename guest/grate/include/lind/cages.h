/// \file
/// What a grate knows of each cage under it: descriptors that stand for something of the grate's,
/// and state of the grate's own, kept right through dup, fork, exec and exit.
///
/// A descriptor that the grate makes up is the number of an eventfd, always ready as a file is: its
/// number and its end are the microvisor's (lind_open_file).  The grate defines, before it includes
/// this file,
///
///   struct file { uint32_t users; ... };   what descriptors lead to; several may lead to one
///   static void end_file(struct file*);    the last one is closed
///   struct cage_state { ... };             zeros at first
///   static void copy_state(const struct cage_state* from, struct cage_state* to);  for a child
///   static void drop_state(struct cage_state*);
///
/// and has the calls of route_cages answered here.  Threading: functions that do not say that they
/// take the lock are called with it (lock_cages).  Programs that pass descriptors over sockets pass
/// the eventfd.
#ifndef LIND_CAGES_H
#define LIND_CAGES_H 1

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include "lind/grate.h"

/// Not ours: what lies beneath answers.  No result of a system call.
#define ELSEWHERE ((lind_result)1 << 60)

struct descriptor {
  struct file* file;  ///< null: not one of ours
  bool closes;        ///< when a program is executed
};

struct cage {
  uint32_t id;  ///< 0: a child that nobody has seen yet
  struct descriptor* descriptors;
  int num_descriptors;
  struct cage_state state;
  struct cage* heirs;  ///< what its children that are being made will have
  struct cage* next;
};

enum { NUM_CAGE_BUCKETS = 256 };
static pthread_mutex_t cages_lock = PTHREAD_MUTEX_INITIALIZER;
static struct cage* cages[NUM_CAGE_BUCKETS];
// Cages that have ended before the fork that made them has returned.
static uint32_t* early_ends;
static size_t num_early_ends;

static inline void lock_cages(void) {
  pthread_mutex_lock(&cages_lock);
}
static inline void unlock_cages(void) {
  pthread_mutex_unlock(&cages_lock);
}

// --- descriptors -------------------------------------------------------------------------------

static struct file* find_file(const struct cage* cage, int number) {
  if (number < 0 || number >= cage->num_descriptors) return NULL;
  return cage->descriptors[number].file;
}

static void release_file(struct file* file) {
  if (--file->users == 0) end_file(file);
}

static void drop_descriptor(struct cage* cage, int number) {
  struct file* const file = find_file(cage, number);
  if (file == NULL) return;
  cage->descriptors[number].file = NULL;
  release_file(file);
}

/// False: no memory.
static bool set_descriptor(struct cage* cage, int number, struct file* file, bool closes) {
  if (number >= cage->num_descriptors) {
    int room = cage->num_descriptors == 0 ? 16 : cage->num_descriptors;
    while (room <= number)
      room *= 2;
    struct descriptor* const grown =
        realloc(cage->descriptors, (size_t)room * sizeof(struct descriptor));
    if (grown == NULL) return false;
    memset(grown + cage->num_descriptors, 0,
           (size_t)(room - cage->num_descriptors) * sizeof(struct descriptor));
    cage->descriptors = grown;
    cage->num_descriptors = room;
  }
  file->users++;
  drop_descriptor(cage, number);
  cage->descriptors[number] = (struct descriptor){file, closes};
  return true;
}

// --- cages ---------------------------------------------------------------------------------------

static struct cage* find_cage(uint32_t id) {
  struct cage* cage = cages[id % NUM_CAGE_BUCKETS];
  while (cage != NULL && cage->id != id)
    cage = cage->next;
  return cage;
}

static void insert_cage(struct cage* cage, uint32_t id) {
  cage->id = id;
  cage->next = cages[id % NUM_CAGE_BUCKETS];
  cages[id % NUM_CAGE_BUCKETS] = cage;
}

static void free_cage(struct cage* cage) {
  for (int i = 0; i < cage->num_descriptors; i++)
    drop_descriptor(cage, i);
  drop_state(&cage->state);
  free(cage->descriptors);
  free(cage);
}

/// Null: no memory.
static struct cage* copy_cage(const struct cage* from) {
  struct cage* const copy = calloc(1, sizeof(*copy));
  if (copy == NULL) return NULL;
  for (int i = from->num_descriptors - 1; i >= 0; i--) {
    if (from->descriptors[i].file == NULL) continue;
    if (set_descriptor(copy, i, from->descriptors[i].file, from->descriptors[i].closes)) continue;
    free_cage(copy);
    return NULL;
  }
  copy_state(&from->state, &copy->state);
  return copy;
}

// The parent's first heir that no child has claimed yet, out of its list.
static struct cage* take_heir(struct cage* parent) {
  struct cage* const heir = parent == NULL ? NULL : parent->heirs;
  if (heir != NULL) parent->heirs = heir->next;
  return heir;
}

/// The cage that a call is for.
static struct cage* cage_of(const struct lind_call* call) {
  struct cage* cage = find_cage(call->target);
  if (cage != NULL) return cage;
  const struct lind_call ask = {.number = SYS_getppid, .target = call->target};
  const lind_result parent = lind_make(&ask);
  cage = take_heir(find_cage((uint32_t)parent));
  if (cage == NULL) {
    cage = calloc(1, sizeof(*cage));
    if (cage == NULL) abort();  // its calls would go by us
  }
  insert_cage(cage, call->target);
  return cage;
}

/// Takes the lock.
static void forget_cage(uint32_t id) {
  lock_cages();
  struct cage** place = &cages[id % NUM_CAGE_BUCKETS];
  while (*place != NULL && (*place)->id != id)
    place = &(*place)->next;
  struct cage* const ended = *place;
  if (ended != NULL) {
    *place = ended->next;
    free_cage(ended);
  } else {
    uint32_t* const grown = realloc(early_ends, (num_early_ends + 1) * sizeof(*grown));
    if (grown != NULL) {
      early_ends = grown;
      early_ends[num_early_ends++] = id;
    }
  }
  unlock_cages();
}

// --- fork and exec -------------------------------------------------------------------------------

/// Whether what a clone makes is a thread.
static bool shares_descriptors(const struct lind_call* call) {
  uint64_t flags = 0;
  if (call->number == SYS_clone) flags = call->arg[0];
  if (call->number == SYS_clone3) lind_get(call, 0, &flags, sizeof(flags));
  return (flags & CLONE_THREAD) != 0;
}

/// Notes what the child will have.  Null: no memory.  Takes the lock.
static struct cage* prepare_child(const struct lind_call* call) {
  lock_cages();
  struct cage* const parent = cage_of(call);
  struct cage* const heir = copy_cage(parent);
  if (heir != NULL) {
    heir->next = parent->heirs;
    parent->heirs = heir;
  }
  unlock_cages();
  return heir;
}

static bool has_ended_early(uint32_t id) {
  for (size_t i = 0; i < num_early_ends; i++) {
    if (early_ends[i] != id) continue;
    early_ends[i] = early_ends[--num_early_ends];
    return true;
  }
  return false;
}

/// The fork has returned `child`.  Takes the lock.
static void settle_child(const struct lind_call* call, lind_result child) {
  lock_cages();
  const bool is_known = child > 0 && find_cage((uint32_t)child) != NULL;
  // A child that has made a call has taken an heir, this one or that of a fork beside it.
  struct cage* const heir = is_known ? NULL : take_heir(cage_of(call));
  if (heir != NULL) {
    if (child > 0 && !has_ended_early((uint32_t)child)) {
      insert_cage(heir, (uint32_t)child);
    } else {
      free_cage(heir);
    }
  }
  unlock_cages();
}

/// A program was executed.  Takes the lock.
static void close_marked(const struct lind_call* call) {
  lock_cages();
  struct cage* const cage = cage_of(call);
  for (int i = 0; i < cage->num_descriptors; i++) {
    if (cage->descriptors[i].closes) drop_descriptor(cage, i);
  }
  unlock_cages();
}

// --- answers -------------------------------------------------------------------------------------

/// The file behind descriptor argument `index`, or null.
static inline struct file* file_of(const struct lind_call* call, int index) {
  return find_file(cage_of(call), (int)call->arg[index]);
}

// A new number in the caller's table.  One more for an eventfd that is there costs the host
// nothing.
static inline lind_result reserve_descriptor(const struct lind_call* call, bool closes) {
  struct cage* const cage = cage_of(call);
  struct lind_call made = {.number = SYS_fcntl,
                           .target = call->target,
                           .arg = {0, closes ? F_DUPFD_CLOEXEC : F_DUPFD, 0}};
  for (int i = 0; i < cage->num_descriptors; i++) {
    if (cage->descriptors[i].file == NULL) continue;
    made.arg[0] = (uint64_t)i;
    const lind_result number = lind_make(&made);
    if (number != -EBADF) return number;
    break;  // something beneath has taken it away
  }
  made.number = SYS_eventfd2;
  made.arg[0] = 1;
  made.arg[1] = closes ? EFD_CLOEXEC : 0;
  return lind_make(&made);
}

/// Gives the caller a descriptor for `file`, which ends if that fails.
static inline lind_result open_file(const struct lind_call* call, struct file* file, bool closes) {
  const lind_result number = reserve_descriptor(call, closes);
  if (number >= 0 && set_descriptor(cage_of(call), (int)number, file, closes)) return number;
  end_file(file);
  return number < 0 ? number : -EMFILE;
}

static lind_result answer_close(struct lind_call* call) {
  lock_cages();
  drop_descriptor(cage_of(call), (int)call->arg[0]);  // before somebody else can get the number
  unlock_cages();
  return lind_forward();
}

static lind_result answer_close_range(struct lind_call* call) {
  const bool marks = (call->arg[2] & 4) != 0;  // CLOSE_RANGE_CLOEXEC
  lock_cages();
  struct cage* const cage = cage_of(call);
  for (int i = 0; i < cage->num_descriptors; i++) {
    if ((uint32_t)i < (uint32_t)call->arg[0] || (uint32_t)i > (uint32_t)call->arg[1]) continue;
    if (marks) {
      cage->descriptors[i].closes = true;
    } else {
      drop_descriptor(cage, i);
    }
  }
  unlock_cages();
  return lind_forward();
}

// Descriptor argument 0 now has another number too.  Takes the lock.
static lind_result copy_descriptor(const struct lind_call* call, int number, bool closes) {
  lock_cages();
  struct cage* const cage = cage_of(call);
  struct file* const file = find_file(cage, (int)call->arg[0]);
  bool done = true;
  if (file != NULL) {
    done = set_descriptor(cage, number, file, closes);
  } else {
    drop_descriptor(cage, number);
  }
  unlock_cages();
  return done ? number : -EMFILE;
}

static lind_result answer_dup(struct lind_call* call) {
  const lind_result number = lind_forward();
  const bool is_same = call->number != SYS_dup && (int)call->arg[0] == (int)call->arg[1];
  if (number < 0 || is_same) return number;
  const bool closes = call->number == SYS_dup3 && ((int)call->arg[2] & O_CLOEXEC) != 0;
  return copy_descriptor(call, (int)number, closes);
}

/// The part of fcntl that is about descriptors, not files.
static inline lind_result answer_fcntl(struct lind_call* call) {
  const int command = (int)call->arg[1];
  const lind_result result = lind_forward();
  if (result < 0) return result;
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
    return copy_descriptor(call, (int)result, command == F_DUPFD_CLOEXEC);
  }
  if (command == F_SETFD) {
    lock_cages();
    struct cage* const cage = cage_of(call);
    if (find_file(cage, (int)call->arg[0]) != NULL) {
      cage->descriptors[(int)call->arg[0]].closes = ((int)call->arg[2] & FD_CLOEXEC) != 0;
    }
    unlock_cages();
  }
  return result;
}

// A child has its parent's descriptors from its first call on, which may be earlier than we know of
// it: what it is to have waits with the parent.
static lind_result answer_fork(struct lind_call* call) {
  if (shares_descriptors(call)) return lind_forward();
  if (prepare_child(call) == NULL) return -ENOMEM;
  const lind_result child = lind_forward();
  settle_child(call, child);
  return child;
}

static lind_result answer_execve(struct lind_call* call) {
  const lind_result done = lind_forward();
  if (done >= 0) close_marked(call);
  return done;
}

static lind_result answer_exit_notice(struct lind_call* call) {
  forget_cage(call->target);
  return lind_forward();
}

/// Has all calls that make, copy and end descriptors and cages answered here; a grate routes those
/// that it answers in its own way (fcntl, execve) afterwards.
static void route_cages(void) {
  static const struct {
    int number;
    lind_handler handler;
  } routes[] = {{SYS_close, answer_close},   {SYS_close_range, answer_close_range},
                {SYS_dup, answer_dup},       {SYS_dup2, answer_dup},
                {SYS_dup3, answer_dup},      {SYS_fcntl, answer_fcntl},
                {SYS_fork, answer_fork},     {SYS_vfork, answer_fork},
                {SYS_clone, answer_fork},    {SYS_clone3, answer_fork},
                {SYS_execve, answer_execve}, {LIND_exit_notice, answer_exit_notice}};
  for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
    lind_on(routes[i].number, routes[i].handler);
}

#endif
