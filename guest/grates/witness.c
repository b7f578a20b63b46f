// witness FILE PROGRAM...: keeps a hash-chained record of opens, reads, writes and execs
//
// Each line of FILE is: hash of this line and the one before, cage, call, arguments, result.  A
// hash is SHA-256 over the hash of the line before, a space, and the rest of the line.  With
// WITNESS_KEY in the environment it is HMAC-SHA-256 with that key, so that only who has the key can
// write such a record.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lind/grate.h"
#include "sha256.h"

static int record;
static const char* key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last[2 * SHA256_BYTES + 1];

static void add_line(const char* text) {
  char line[1024];
  uint8_t digest[SHA256_BYTES];
  pthread_mutex_lock(&lock);
  struct sha256 state;
  sha256_begin_keyed(&state, key);
  sha256_add(&state, last, strlen(last));
  sha256_add(&state, " ", 1);
  sha256_add(&state, text, strlen(text));
  sha256_end_keyed(&state, key, digest);
  for (int i = 0; i < SHA256_BYTES; i++)
    snprintf(last + 2 * i, 3, "%02x", digest[i]);
  const int bytes = snprintf(line, sizeof(line), "%s %s\n", last, text);
  const ssize_t written = write(record, line, (size_t)bytes);
  pthread_mutex_unlock(&lock);
  // A witness that cannot write must not let things happen unseen.
  if (written != bytes) abort();
}

static void name_path(const struct lind_call* call, int index, char out[512]) {
  char path[500];
  const ssize_t bytes = lind_get_string(call, index, path, sizeof(path));
  if (bytes < 0) {
    strcpy(out, "?");
    return;
  }
  // One line each, whatever the path holds.
  char* to = out;
  for (const char* from = path; *from != '\0' && to < out + 500; from++)
    *to++ = *from > ' ' && *from < 127 ? *from : '?';
  *to = '\0';
}

static lind_result see_path(struct lind_call* call) {
  char path[512], line[640];
  name_path(call, call->number == SYS_openat ? 1 : 0, path);
  if (call->number == SYS_execve) {  // a success does not come back
    snprintf(line, sizeof(line), "%" PRIu32 " execve %s", call->target, path);
    add_line(line);
    return lind_forward();
  }
  const lind_result result = lind_forward();
  snprintf(line, sizeof(line), "%" PRIu32 " %s %s = %lld", call->target,
           lind_syscall_name(call->number), path, result);
  add_line(line);
  return result;
}

// What has been transferred is hashed too: the record says which bytes.
static lind_result see_bytes(struct lind_call* call) {
  const lind_result result = lind_forward();
  char line[640], hash[2 * SHA256_BYTES + 1] = "-";
  if (result > 0) {
    struct sha256 state;
    uint8_t chunk[4096], digest[SHA256_BYTES];
    sha256_begin(&state);
    for (uint64_t done = 0; done < (uint64_t)result;) {
      const uint64_t left = (uint64_t)result - done;
      const ssize_t got = lind_copy_in(chunk, call->owner[1], call->arg[1] + done,
                                       left < sizeof(chunk) ? (size_t)left : sizeof(chunk));
      if (got <= 0) break;
      sha256_add(&state, chunk, (size_t)got);
      done += (uint64_t)got;
    }
    sha256_end(&state, digest);
    for (int i = 0; i < SHA256_BYTES; i++)
      snprintf(hash + 2 * i, 3, "%02x", digest[i]);
  }
  snprintf(line, sizeof(line), "%" PRIu32 " %s %d %s = %lld", call->target,
           lind_syscall_name(call->number), (int)call->arg[0], hash, result);
  add_line(line);
  return result;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: witness FILE PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  key = getenv("WITNESS_KEY");
  record = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (record < 0) {
    fprintf(stderr, "witness: %s: %s\n", argv[1], strerror(errno));
    return 125;
  }
  unsetenv("WITNESS_KEY");
  memset(last, '0', sizeof(last) - 1);
  lind_on(SYS_open, see_path);
  lind_on(SYS_openat, see_path);
  lind_on(SYS_creat, see_path);
  lind_on(SYS_execve, see_path);
  lind_on(SYS_read, see_bytes);
  lind_on(SYS_write, see_bytes);
  lind_on(SYS_pread64, see_bytes);
  lind_on(SYS_pwrite64, see_bytes);
  return lind_run(argv + 2);
}
