// strace [OPTIONS] PROGRAM...: writes down every system call, as strace(1) does
//
// Options: -c counts, -e trace=CALL,... chooses, -o FILE, -f is always meant.
//
// A call's line is written when it is answered; what a program is told to read is decoded after the
// call, what it gives before it.  Children are always followed.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lind/grate.h"

// One letter for each argument; capitals and digits are decoded after the call.
//   i int  u unsigned  x hex  l 64 bits  f descriptor  d directory  s string  w buffer of the next
//   argument's bytes  v iovecs of the next argument's number  o mode  O open flags  a access mode
//   m protection  M map flags  W whence  g signal  c clone flags  A argument array  t timespec
//   B buffer of as many bytes as the result  V iovecs likewise  S stat  K wait status  P two
//   descriptors
static const struct {
  int number;
  const char* arguments;
} calls[] = {
    {SYS_read, "fBu"},
    {SYS_write, "fwu"},
    {SYS_open, "sOo"},
    {SYS_close, "f"},
    {SYS_stat, "sS"},
    {SYS_fstat, "fS"},
    {SYS_lstat, "sS"},
    {SYS_poll, "xui"},
    {SYS_lseek, "flW"},
    {SYS_mmap, "xumMfl"},
    {SYS_mprotect, "xum"},
    {SYS_munmap, "xu"},
    {SYS_brk, "x"},
    {SYS_rt_sigaction, "gxxu"},
    {SYS_rt_sigprocmask, "ixxu"},
    {SYS_ioctl, "fxx"},
    {SYS_pread64, "fBul"},
    {SYS_pwrite64, "fwul"},
    {SYS_readv, "fVu"},
    {SYS_writev, "fvu"},
    {SYS_access, "sa"},
    {SYS_pipe, "P"},
    {SYS_sched_yield, ""},
    {SYS_mremap, "xuuxx"},
    {SYS_madvise, "xui"},
    {SYS_dup, "f"},
    {SYS_dup2, "ff"},
    {SYS_pause, ""},
    {SYS_nanosleep, "tx"},
    {SYS_alarm, "u"},
    {SYS_getpid, ""},
    {SYS_sendfile, "ffxu"},
    {SYS_clone, "cxxxx"},
    {SYS_fork, ""},
    {SYS_vfork, ""},
    {SYS_execve, "sAx"},
    {SYS_exit, "i"},
    {SYS_wait4, "iKix"},
    {SYS_kill, "ig"},
    {SYS_uname, "x"},
    {SYS_fcntl, "fix"},
    {SYS_flock, "fi"},
    {SYS_fsync, "f"},
    {SYS_fdatasync, "f"},
    {SYS_truncate, "sl"},
    {SYS_ftruncate, "fl"},
    {SYS_getdents64, "fxu"},
    {SYS_getcwd, "xu"},
    {SYS_chdir, "s"},
    {SYS_fchdir, "f"},
    {SYS_rename, "ss"},
    {SYS_mkdir, "so"},
    {SYS_rmdir, "s"},
    {SYS_creat, "so"},
    {SYS_link, "ss"},
    {SYS_unlink, "s"},
    {SYS_symlink, "ss"},
    {SYS_readlink, "sBu"},
    {SYS_chmod, "so"},
    {SYS_fchmod, "fo"},
    {SYS_chown, "sii"},
    {SYS_fchown, "fii"},
    {SYS_lchown, "sii"},
    {SYS_umask, "o"},
    {SYS_gettimeofday, "xx"},
    {SYS_getrlimit, "ix"},
    {SYS_getrusage, "ix"},
    {SYS_sysinfo, "x"},
    {SYS_times, "x"},
    {SYS_getuid, ""},
    {SYS_getgid, ""},
    {SYS_setuid, "i"},
    {SYS_setgid, "i"},
    {SYS_geteuid, ""},
    {SYS_getegid, ""},
    {SYS_setpgid, "ii"},
    {SYS_getppid, ""},
    {SYS_getpgrp, ""},
    {SYS_setsid, ""},
    {SYS_rt_sigpending, "xu"},
    {SYS_rt_sigtimedwait, "xxtu"},
    {SYS_rt_sigsuspend, "xu"},
    {SYS_sigaltstack, "xx"},
    {SYS_statfs, "sx"},
    {SYS_fstatfs, "fx"},
    {SYS_prctl, "ixxxx"},
    {SYS_gettid, ""},
    {SYS_futex, "xiixxi"},
    {SYS_getitimer, "ix"},
    {SYS_setitimer, "ixx"},
    {SYS_set_tid_address, "x"},
    {SYS_clock_gettime, "ix"},
    {SYS_clock_nanosleep, "iitx"},
    {SYS_exit_group, "i"},
    {SYS_tgkill, "iig"},
    {SYS_waitid, "iixix"},
    {SYS_openat, "dsOo"},
    {SYS_mkdirat, "dso"},
    {SYS_fchownat, "dsiix"},
    {SYS_newfstatat, "dsSx"},
    {SYS_unlinkat, "dsx"},
    {SYS_renameat, "dsds"},
    {SYS_linkat, "dsdsx"},
    {SYS_symlinkat, "sds"},
    {SYS_readlinkat, "dsBu"},
    {SYS_fchmodat, "dso"},
    {SYS_faccessat, "dsa"},
    {SYS_pselect6, "ixxxtx"},
    {SYS_ppoll, "xutxu"},
    {SYS_set_robust_list, "xu"},
    {SYS_utimensat, "dsxx"},
    {SYS_fallocate, "fill"},
    {SYS_dup3, "ffO"},
    {SYS_pipe2, "PO"},
    {SYS_preadv, "fVul"},
    {SYS_pwritev, "fvul"},
    {SYS_prlimit64, "iixx"},
    {SYS_renameat2, "dsdsx"},
    {SYS_getrandom, "xux"},
    {SYS_memfd_create, "sx"},
    {SYS_execveat, "dsAxx"},
    {SYS_copy_file_range, "fxfxux"},
    {SYS_statx, "dsxxx"},
    {SYS_close_range, "uux"},
    {SYS_faccessat2, "dsax"},
};
enum { NUM_CALLS = sizeof(calls) / sizeof(calls[0]), MAX_NUMBER = 512, SHOWN_BYTES = 32 };

static int output = 2;
static bool counts, chosen_only, chosen[MAX_NUMBER];
static const char* arguments_of[MAX_NUMBER];
static uint32_t first_cage;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  uint64_t calls, errors, ns;
} totals[MAX_NUMBER];

struct line {
  char text[2048];
  size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line* line, const char* format, ...) {
  va_list list;
  va_start(list, format);
  const size_t room = sizeof(line->text) - line->length;
  const int bytes = vsnprintf(line->text + line->length, room, format, list);
  va_end(list);
  if (bytes > 0) line->length += (size_t)bytes < room ? (size_t)bytes : room - 1;
}

static void add_bytes(struct line* line, const char* bytes, size_t count, bool more) {
  add(line, "\"");
  for (size_t i = 0; i < count; i++) {
    const unsigned char c = (unsigned char)bytes[i];
    if (c == '\n')
      add(line, "\\n");
    else if (c == '\t')
      add(line, "\\t");
    else if (c == '"' || c == '\\')
      add(line, "\\%c", c);
    else if (c >= ' ' && c < 127)
      add(line, "%c", c);
    else
      add(line, "\\%o", c);
  }
  add(line, more ? "\"..." : "\"");
}

static void add_address(struct line* line, uint64_t address) {
  if (address == 0)
    add(line, "NULL");
  else
    add(line, "%#" PRIx64, address);
}

static void add_string(struct line* line, uint32_t owner, uint64_t address) {
  char text[256];
  const ssize_t bytes = lind_copy_string(text, owner, address, sizeof(text));
  if (bytes > 0) return add_bytes(line, text, (size_t)bytes - 1, false);
  if (bytes == -ENAMETOOLONG) return add_bytes(line, text, sizeof(text), true);
  add_address(line, address);
}

static void add_buffer(struct line* line, uint32_t owner, uint64_t address, uint64_t bytes) {
  char text[SHOWN_BYTES];
  const size_t shown = bytes < SHOWN_BYTES ? (size_t)bytes : SHOWN_BYTES;
  if (lind_copy_in(text, owner, address, shown) != (ssize_t)shown)
    return add_address(line, address);
  add_bytes(line, text, shown, bytes > shown);
}

static void add_vector(struct line* line, uint32_t owner, uint64_t address, uint64_t count,
                       uint64_t bytes) {
  enum { SHOWN_PARTS = 8 };
  struct iovec parts[SHOWN_PARTS];
  const size_t shown = count < SHOWN_PARTS ? (size_t)count : SHOWN_PARTS;
  const size_t size = shown * sizeof(parts[0]);
  if (lind_copy_in(parts, owner, address, size) != (ssize_t)size) return add_address(line, address);
  add(line, "[");
  for (size_t i = 0; i < shown; i++) {
    const uint64_t part = parts[i].iov_len < bytes ? parts[i].iov_len : bytes;
    add(line, i == 0 ? "{iov_base=" : ", {iov_base=");
    add_buffer(line, owner, (uintptr_t)parts[i].iov_base, part);
    add(line, ", iov_len=%zu}", parts[i].iov_len);
    bytes -= part;
  }
  add(line, count > shown ? ", ...]" : "]");
}

static void add_argument_array(struct line* line, uint32_t owner, uint64_t address) {
  enum { SHOWN_WORDS = 16 };
  add(line, "[");
  for (int i = 0;; i++) {
    uint32_t word = 0;
    if (lind_copy_in(&word, owner, address + 4 * (uint64_t)i, 4) != 4 || word == 0) break;
    if (i > 0) add(line, ", ");
    if (i == SHOWN_WORDS) {
      add(line, "...");
      break;
    }
    add_string(line, owner, word);
  }
  add(line, "]");
}

struct name {
  uint64_t value;
  const char* text;
};

static void add_flags(struct line* line, uint64_t flags, const struct name* names, size_t count,
                      bool begun) {
  for (size_t i = 0; i < count; i++) {
    if (names[i].value == 0 || (flags & names[i].value) != names[i].value) continue;
    add(line, begun ? "|%s" : "%s", names[i].text);
    flags &= ~names[i].value;
    begun = true;
  }
  if (flags != 0 || !begun) add(line, begun ? "|%#" PRIx64 : "%" PRIu64, flags);
}

#define NAME(value) {value, #value}
#define ADD_FLAGS(line, flags, begun, ...)                                  \
  do {                                                                      \
    const struct name names[] = {__VA_ARGS__};                              \
    add_flags(line, flags, names, sizeof(names) / sizeof(names[0]), begun); \
  } while (0)

static void add_open_flags(struct line* line, uint64_t flags) {
  static const char* const modes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
  add(line, "%s", modes[flags & O_ACCMODE]);
  flags &= ~(uint64_t)O_ACCMODE;
  if (flags == 0) return;
  ADD_FLAGS(line, flags, true, NAME(O_CREAT), NAME(O_EXCL), NAME(O_NOCTTY), NAME(O_TRUNC),
            NAME(O_APPEND), NAME(O_NONBLOCK), NAME(O_TMPFILE), NAME(O_DIRECTORY), NAME(O_NOFOLLOW),
            NAME(O_CLOEXEC), NAME(O_PATH), NAME(O_SYNC), NAME(O_DSYNC));
}

static void add_stat(struct line* line, uint32_t owner, uint64_t address) {
  struct stat status;
  if (lind_copy_in(&status, owner, address, sizeof(status)) != sizeof(status)) {
    return add_address(line, address);
  }
  static const char* const kinds[] = {"0",        "S_IFIFO", "S_IFCHR", "3", "S_IFDIR", "5",
                                      "S_IFBLK",  "7",       "S_IFREG", "9", "S_IFLNK", "11",
                                      "S_IFSOCK", "13",      "14",      "15"};
  add(line, "{st_mode=%s|%#o, st_size=%lld, ...}", kinds[(status.st_mode >> 12) & 15],
      status.st_mode & 07777, (long long)status.st_size);
}

static void add_wait_status(struct line* line, uint32_t owner, uint64_t address) {
  int status = 0;
  if (address == 0 || lind_copy_in(&status, owner, address, 4) != 4) {
    return add_address(line, address);
  }
  if (WIFEXITED(status))
    add(line, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", WEXITSTATUS(status));
  else if (WIFSIGNALED(status))
    add(line, "[{WIFSIGNALED(s) && WTERMSIG(s) == SIG%s}]", sigabbrev_np(WTERMSIG(status)));
  else
    add(line, "[%#x]", status);
}

// What the call gives; `index` is that of a letter that does not wait for the answer.
static void add_given(struct line* line, const struct lind_call* call, int index, char letter) {
  const uint64_t value = call->arg[index];
  const uint32_t owner = call->owner[index];
  const uint64_t next = index < 5 ? call->arg[index + 1] : 0;
  switch (letter) {
    case 'u':
      return add(line, "%" PRIu32, (uint32_t)value);
    case 'x':
      return add_address(line, value);
    case 'l':
      return add(line, "%" PRId64, (int64_t)value);
    case 'd':
      if ((int)value == AT_FDCWD) return add(line, "AT_FDCWD");
      return add(line, "%d", (int)value);
    case 's':
      return add_string(line, owner, value);
    case 'w':
      return add_buffer(line, owner, value, next);
    case 'v':
      return add_vector(line, owner, value, next, UINT64_MAX);
    case 'o':
      return add(line, "%#o", (unsigned)value);
    case 'O':
      return add_open_flags(line, value);
    case 'a':
      if (value == F_OK) return add(line, "F_OK");
      ADD_FLAGS(line, value, false, NAME(R_OK), NAME(W_OK), NAME(X_OK));
      return;
    case 'm':
      if (value == PROT_NONE) return add(line, "PROT_NONE");
      ADD_FLAGS(line, value, false, NAME(PROT_READ), NAME(PROT_WRITE), NAME(PROT_EXEC));
      return;
    case 'M':
      ADD_FLAGS(line, value, false, NAME(MAP_SHARED), NAME(MAP_PRIVATE), NAME(MAP_FIXED),
                NAME(MAP_ANONYMOUS), NAME(MAP_NORESERVE), NAME(MAP_STACK));
      return;
    case 'W': {
      static const char* const names[] = {"SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA",
                                          "SEEK_HOLE"};
      return value < 5 ? add(line, "%s", names[value]) : add(line, "%d", (int)value);
    }
    case 'g': {
      const char* const name = sigabbrev_np((int)value);
      return name != NULL ? add(line, "SIG%s", name) : add(line, "%d", (int)value);
    }
    case 'c': {
      ADD_FLAGS(line, value & ~(uint64_t)0xff, false, {0x100, "CLONE_VM"}, {0x200, "CLONE_FS"},
                {0x400, "CLONE_FILES"}, {0x800, "CLONE_SIGHAND"}, {0x4000, "CLONE_VFORK"},
                {0x10000, "CLONE_THREAD"}, {0x40000, "CLONE_SYSVSEM"}, {0x80000, "CLONE_SETTLS"},
                {0x100000, "CLONE_PARENT_SETTID"}, {0x200000, "CLONE_CHILD_CLEARTID"},
                {0x1000000, "CLONE_CHILD_SETTID"});
      if ((value & 0xff) == SIGCHLD) add(line, "|SIGCHLD");
      return;
    }
    case 'A':
      return add_argument_array(line, owner, value);
    case 't': {
      struct timespec time;
      if (lind_copy_in(&time, owner, value, sizeof(time)) != sizeof(time)) {
        return add_address(line, value);
      }
      return add(line, "{tv_sec=%lld, tv_nsec=%ld}", (long long)time.tv_sec, time.tv_nsec);
    }
    default:
      return add(line, "%d", (int)value);
  }
}

// What the call has stored.
static void add_stored(struct line* line, const struct lind_call* call, int index, char letter,
                       lind_result result) {
  const uint64_t value = call->arg[index];
  const uint32_t owner = call->owner[index];
  int two[2];
  if (result < 0) return add_address(line, value);
  switch (letter) {
    case 'B':
      return add_buffer(line, owner, value, (uint64_t)result);
    case 'V':
      return add_vector(line, owner, value, call->arg[index + 1], (uint64_t)result);
    case 'S':
      return add_stat(line, owner, value);
    case 'K':
      return add_wait_status(line, owner, value);
    default:
      if (lind_copy_in(two, owner, value, sizeof(two)) != sizeof(two)) break;
      return add(line, "[%d, %d]", two[0], two[1]);
  }
  add_address(line, value);
}

static bool is_stored(char letter) {
  return letter != '\0' && strchr("BVSKP", letter) != NULL;
}

static void add_result(struct line* line, lind_result result, bool is_address) {
  if (result < 0 && result >= -4095) {
    const char* const name = strerrorname_np((int)-result);
    add(line, ") = -1 %s (%s)\n", name != NULL ? name : "E?", strerror((int)-result));
  } else {
    add(line, is_address ? ") = %#llx\n" : ") = %lld\n", result);
  }
}

static void write_line(const struct line* line) {
  // One call each, so that lines of different threads do not mix; nobody is left to tell of an
  // error.
  const ssize_t written = write(output, line->text, line->length);
  (void)written;
}

static void note_total(int number, lind_result result, uint64_t ns) {
  pthread_mutex_lock(&lock);
  totals[number].calls++;
  totals[number].errors += result < 0 && result >= -4095;
  totals[number].ns += ns;
  pthread_mutex_unlock(&lock);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static lind_result trace(struct lind_call* call) {
  const int number = call->number;
  if (number >= MAX_NUMBER || (chosen_only && !chosen[number])) return lind_forward();
  if (counts) {
    const uint64_t start = now_ns();
    const bool leaves = number == SYS_exit || number == SYS_exit_group;
    if (leaves) note_total(number, 0, 0);
    const lind_result result = lind_forward();
    if (!leaves) note_total(number, result, now_ns() - start);
    return result;
  }
  struct line line = {.length = 0};
  if (first_cage == 0) first_cage = call->target;
  if (call->target != first_cage) add(&line, "[pid %u] ", call->target);
  const char* const name = lind_syscall_name(number);
  if (name[0] != '\0')
    add(&line, "%s(", name);
  else
    add(&line, "syscall_%d(", number);
  const char* const arguments = arguments_of[number] != NULL ? arguments_of[number] : "xxxxxx";
  int index = 0;
  for (; arguments[index] != '\0' && !is_stored(arguments[index]); index++) {
    // The mode is of no meaning for a file that is not created.
    if (arguments[index] == 'o' && index > 0 && arguments[index - 1] == 'O' &&
        !(call->arg[index - 1] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
      break;
    if (index > 0) add(&line, ", ");
    add_given(&line, call, index, arguments[index]);
  }
  if (number == SYS_exit || number == SYS_exit_group) {
    add(&line, ") = ?\n");
    write_line(&line);
    return lind_forward();
  }
  const lind_result result = lind_forward();
  for (; arguments[index] != '\0' && arguments[index] != 'o'; index++) {
    if (index > 0) add(&line, ", ");
    if (is_stored(arguments[index]))
      add_stored(&line, call, index, arguments[index], result);
    else
      add_given(&line, call, index, arguments[index]);
  }
  add_result(&line, result, number == SYS_mmap || number == SYS_brk || number == SYS_mremap);
  write_line(&line);
  return result;
}

static void write_totals(void) {
  uint64_t all = 0, num_calls = 0, num_errors = 0;
  for (int i = 0; i < MAX_NUMBER; i++)
    all += totals[i].ns;
  dprintf(output, "%% time     seconds  usecs/call     calls    errors syscall\n");
  dprintf(output, "------ ----------- ----------- --------- --------- ----------------\n");
  for (int i = 0; i < MAX_NUMBER; i++) {
    if (totals[i].calls == 0) continue;
    char errors[16] = "";
    if (totals[i].errors > 0) snprintf(errors, sizeof(errors), "%" PRIu64, totals[i].errors);
    dprintf(output, "%6.2f %11.6f %11" PRIu64 " %9" PRIu64 " %9s %s\n",
            all == 0 ? 0 : 100.0 * (double)totals[i].ns / (double)all, (double)totals[i].ns / 1e9,
            totals[i].ns / totals[i].calls / 1000, totals[i].calls, errors, lind_syscall_name(i));
    num_calls += totals[i].calls;
    num_errors += totals[i].errors;
  }
  dprintf(output, "------ ----------- ----------- --------- --------- ----------------\n");
  dprintf(output, "100.00 %11.6f %11s %9" PRIu64 " %9" PRIu64 " total\n", (double)all / 1e9, "",
          num_calls, num_errors);
}

static int fail(const char* what, const char* which) {
  fprintf(stderr, "strace: %s %s\n", what, which);
  return 125;
}

// trace=a,b or a,b.
static int choose(char* list) {
  if (strncmp(list, "trace=", 6) == 0) list += 6;
  chosen_only = true;
  for (char* word = strtok(list, ","); word != NULL; word = strtok(NULL, ",")) {
    int number = 0;
    while (number < MAX_NUMBER && strcmp(lind_syscall_name(number), word) != 0)
      number++;
    if (number == MAX_NUMBER) return fail("no such call:", word);
    chosen[number] = true;
  }
  return 0;
}

int main(int argc, char** argv) {
  for (int option; (option = getopt(argc, argv, "+cfe:o:")) != -1;) {
    if (option == 'c') {
      counts = true;
    } else if (option == 'e') {
      const int status = choose(optarg);
      if (status != 0) return status;
    } else if (option == 'o') {
      output = open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (output < 0) return fail(strerror(errno), optarg);
    } else if (option != 'f') {
      return 125;
    }
  }
  if (optind == argc)
    return fail("usage: strace [-c] [-f] [-e trace=CALL,...] [-o FILE]", "PROGRAM...");
  if (output == 2) output = fcntl(2, F_DUPFD_CLOEXEC, 100);
  for (int i = 0; i < NUM_CALLS; i++)
    arguments_of[calls[i].number] = calls[i].arguments;
  for (int i = 0; chosen_only && i < MAX_NUMBER; i++)
    if (chosen[i]) lind_on(i, trace);
  if (!chosen_only) lind_on(LIND_EVERY_NUMBER, trace);
  const int status = lind_run(argv + optind);
  if (counts) write_totals();
  return status;
}
