// chroot DIRECTORY PROGRAM...: takes DIRECTORY for the root of every path

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "rebase.h"

static char directory[PATH_BYTES];

static void root_of(uint32_t cage, char root[PATH_BYTES]) {
  (void)cage;
  strcpy(root, directory);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: chroot DIRECTORY PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  if (chdir(argv[1]) != 0 || getcwd(directory, sizeof(directory)) == NULL) {
    fprintf(stderr, "chroot: %s: %s\n", argv[1], strerror(errno));
    return 125;
  }
  if (strcmp(directory, "/") == 0) directory[0] = '\0';
  rebase_all();
  return lind_run(argv + 2);
}
