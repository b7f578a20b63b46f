/* What the file tests share: a scratch directory and one line of output for each call.
 *
 * The output is the same on every run: no paths of the host, no inode numbers, no times. */
#ifndef TESTS_GUEST_FS_TRANSCRIPT_H
#define TESTS_GUEST_FS_TRANSCRIPT_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Prints `text = value`, or the name of the error. */
static inline long show(const char* text, long value) {
  if (value == -1) {
    printf("%s = %s\n", text, strerrorname_np(errno));
  } else {
    printf("%s = %ld\n", text, value);
  }
  return value;
}
#define SHOW(call) show(#call, (long)(call))

/* A set-up step that must work. */
static inline void need(const char* text, long value) {
  if (value != -1) return;
  printf("cannot go on: %s: %s\n", text, strerror(errno));
  exit(2);
}
#define NEED(call) need(#call, (long)(call))

/* Points into a page that is never mapped; volatile, so that compilers have no opinion on it. */
static char* volatile bad_pointer __attribute__((unused)) = (char*)16;

static char scratch_name[] = "fs-test-XXXXXX";

/* Starts in an empty directory below the working directory, with descriptors 0, 1 and 2 only. */
static inline void begin(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int fd = 3; fd < 64; ++fd)
    close(fd);
  umask(022);
  if (mkdtemp(scratch_name) == NULL) need("mkdtemp", -1);
  NEED(chdir(scratch_name));
}

/* Leaves and removes the directory, which must be empty again. */
static inline int end(void) {
  NEED(chdir(".."));
  SHOW(rmdir(scratch_name));
  return 0;
}

static inline void put_file(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  need(path, fd);
  NEED(write(fd, text, strlen(text)));
  NEED(close(fd));
}

/* Prints what is in a file. */
static inline void show_file(const char* path) {
  char text[256];
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    printf("%s: %s\n", path, strerrorname_np(errno));
    return;
  }
  const ssize_t length = read(fd, text, sizeof(text));
  printf("%s: '%.*s'\n", path, (int)(length < 0 ? 0 : length), text);
  close(fd);
}

#endif
