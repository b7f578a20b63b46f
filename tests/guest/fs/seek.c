/* lseek, pread, pwrite, O_APPEND, holes. */
#include "transcript.h"

int main(void) {
  begin();
  char text[32] = "";
  SHOW(open("file", O_RDWR | O_CREAT, 0644));
  SHOW(write(3, "0123456789", 10));
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(lseek(3, -3, SEEK_END));
  SHOW(read(3, text, sizeof(text)));
  printf("%s\n", text);
  SHOW(lseek(3, -1, SEEK_SET));
  SHOW(lseek(3, -11, SEEK_END));
  SHOW(lseek(3, 0, 99));
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(read(3, text, sizeof(text)));
  SHOW(pread(3, text, 4, 2));
  printf("%.4s\n", text);
  SHOW(pread(3, text, 4, -1));
  SHOW(pread(3, text, 4, 100));
  SHOW(pwrite(3, "ab", 2, 8));
  SHOW(pwrite(3, "ab", 2, -2));
  SHOW(lseek(3, 0, SEEK_CUR));
  show_file("file");

  printf("beyond 4 GiB: %lld\n", (long long)lseek(3, 0x180000000LL, SEEK_SET));
  SHOW(write(3, "far", 3));
  printf("end: %lld\n", (long long)lseek(3, 0, SEEK_END));
  struct stat status;
  SHOW(fstat(3, &status));
  printf("size: %lld\n", (long long)status.st_size);
  printf("hole: %d\n", lseek(3, 0, SEEK_HOLE) > 0);
  printf("data behind the hole: %d\n", lseek(3, 0x100000000LL, SEEK_DATA) > 0x17fffff00LL);
  SHOW(lseek(3, 0x200000000LL, SEEK_DATA));
  SHOW(ftruncate(3, 5));
  SHOW(close(3));
  show_file("file");

  SHOW(open("file", O_WRONLY | O_APPEND));
  SHOW(lseek(3, 0, SEEK_SET));
  SHOW(write(3, "tail", 4));
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(read(3, text, 1));
  SHOW(close(3));
  show_file("file");
  SHOW(open("file", O_RDONLY));
  SHOW(write(3, "x", 1));
  SHOW(pwrite(3, "x", 1, 0));
  SHOW(close(3));

  int ends[2];
  SHOW(pipe(ends));
  SHOW(lseek(ends[0], 0, SEEK_SET));
  SHOW(pread(ends[0], text, 1, 0));
  SHOW(pwrite(ends[1], text, 1, 0));
  SHOW(lseek(77, 0, SEEK_SET));
  close(ends[0]);
  close(ends[1]);
  NEED(unlink("file"));
  return end();
}
