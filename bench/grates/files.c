// imfs.*: what a small file costs.  Arguments: rounds, what to do, the directory to do it in.
//   read: one byte of an open file; open: open and close.

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../timing.h"

static int file;

static void read_byte(void) {
  char byte = 0;
  MUST(pread(file, &byte, 1, 0) == 1);
}

static void open_and_close(void) {
  const int opened = open("file", O_RDONLY);
  MUST(opened >= 0 && close(opened) == 0);
}

int main(int argc, char** argv) {
  MUST(argc == 4 && chdir(argv[3]) == 0);
  file = open("file", O_RDWR | O_CREAT, 0644);
  MUST(file >= 0 && write(file, "x", 1) == 1);
  const int reads = strcmp(argv[2], "read") == 0;
  run_operation(reads ? read_byte : open_and_close, atoi(argv[1]), reads ? 200000 : 50000);
  return 0;
}
