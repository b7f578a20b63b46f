/* sendfile, copy_file_range, splice, tee, memfd_create. */
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "transcript.h"

int main(void) {
  begin();
  put_file("from", "0123456789");
  SHOW(open("from", O_RDONLY));
  SHOW(open("to", O_RDWR | O_CREAT, 0644));
  off_t offset = 3;
  SHOW(sendfile(4, 3, &offset, 4));
  printf("offset %lld\n", (long long)offset);
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(sendfile(4, 3, NULL, 100));
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(sendfile(4, 3, NULL, 100));
  SHOW(sendfile(3, 4, NULL, 1));
  SHOW(sendfile(4, 40, NULL, 1));
  SHOW(sendfile(4, 3, (void*)bad_pointer, 1));
  show_file("to");

  off64_t in = 0;
  off64_t out = 0;
  SHOW(ftruncate(4, 0));
  SHOW(copy_file_range(3, &in, 4, &out, 6, 0));
  printf("offsets %lld %lld\n", (long long)in, (long long)out);
  SHOW(copy_file_range(3, &in, 4, &out, 6, 1));
  SHOW(copy_file_range(4, NULL, 3, NULL, 6, 0));
  show_file("to");

  int ends[2];
  NEED(pipe(ends));
  in = 2;
  SHOW(splice(3, &in, ends[1], NULL, 5, 0));
  printf("offset %lld\n", (long long)in);
  SHOW(splice(3, &in, ends[1], &out, 5, 0));
  SHOW(splice(3, NULL, 4, NULL, 5, 0));
  int more[2];
  NEED(pipe(more));
  SHOW(tee(ends[0], more[1], 100, 0));
  SHOW(tee(ends[0], 4, 100, 0));
  char text[16] = "";
  SHOW(read(more[0], text, sizeof(text)));
  SHOW(lseek(4, 0, SEEK_SET));
  SHOW(splice(ends[0], NULL, 4, NULL, 100, 0));
  show_file("to");
  for (int fd = 3; fd < 9; ++fd)
    close(fd);

  SHOW(memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  SHOW(fcntl(3, F_GETFD));
  SHOW(write(3, "memory", 6));
  SHOW(pread(3, text, sizeof(text), 0));
  SHOW(fcntl(3, F_ADD_SEALS, F_SEAL_WRITE));
  SHOW(fcntl(3, F_GET_SEALS));
  SHOW(write(3, "x", 1));
  SHOW(memfd_create("name", 1U << 30));
  SHOW(close(3));
  NEED(unlink("from"));
  NEED(unlink("to"));
  return end();
}
