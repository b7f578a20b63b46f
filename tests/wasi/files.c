// files NAME...: reads work/old, makes work/NAME and reads it again.  A number is a descriptor that
// must be a listening socket.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wasi/api.h>

static int show(const char* name) {
  char path[256], line[256];
  snprintf(path, sizeof(path), "work/%s", name);
  FILE* const file = fopen(path, "r");
  if (file == NULL) return -1;
  const int got = fgets(line, sizeof(line), file) != NULL;
  fclose(file);
  if (got) printf("%s: %s", name, line);
  return got ? 0 : -1;
}

static int make(const char* name) {
  char path[256];
  snprintf(path, sizeof(path), "work/%s", name);
  FILE* const file = fopen(path, "w");
  if (file == NULL) return -1;
  const int put = fputs("made\n", file);
  return fclose(file) == 0 && put >= 0 ? 0 : -1;
}

static int is_socket(int fd) {
  __wasi_fdstat_t status;
  return __wasi_fd_fdstat_get(fd + 1, &status) == 0 &&
         status.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM;
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (strchr("0123456789", argv[1][0]) != NULL) return is_socket(atoi(argv[1])) ? 3 : 4;
  if (show("old") != 0 || make(argv[1]) != 0 || show(argv[1]) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
    return 4;
  }
  printf("%d arguments\n", argc - 1);
  return 3;
}
