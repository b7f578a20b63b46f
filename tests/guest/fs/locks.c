/* flock and record locks between two openings of one file. */
#include <sys/file.h>

#include "transcript.h"

int main(void) {
  begin();
  put_file("file", "0123456789");
  SHOW(open("file", O_RDWR));
  SHOW(open("file", O_RDWR));
  SHOW(flock(3, LOCK_SH));
  SHOW(flock(4, LOCK_SH | LOCK_NB));
  SHOW(flock(4, LOCK_EX | LOCK_NB));
  SHOW(flock(3, LOCK_UN));
  SHOW(flock(4, LOCK_EX | LOCK_NB));
  SHOW(flock(3, LOCK_EX | LOCK_NB));
  SHOW(dup(4));
  SHOW(close(4));
  SHOW(flock(3, LOCK_EX | LOCK_NB));
  SHOW(close(5));
  SHOW(flock(3, LOCK_EX | LOCK_NB));
  SHOW(flock(3, 99));
  SHOW(flock(40, LOCK_SH));

  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 4};
  SHOW(open("file", O_RDWR));
  SHOW(fcntl(3, F_OFD_SETLK, &lock));
  lock.l_start = 0;
  lock.l_len = 0;
  SHOW(fcntl(4, F_OFD_SETLK, &lock));
  SHOW(fcntl(4, F_OFD_GETLK, &lock));
  printf("held: type %d start %lld length %lld\n", lock.l_type, (long long)lock.l_start,
         (long long)lock.l_len);
  lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 6, .l_len = 1};
  SHOW(fcntl(4, F_OFD_SETLKW, &lock));
  lock.l_pid = 1;
  SHOW(fcntl(4, F_OFD_SETLK, &lock));
  lock = (struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET};
  SHOW(fcntl(4, F_OFD_SETLK, &lock));
  lock = (struct flock){.l_type = 9, .l_whence = SEEK_SET};
  SHOW(fcntl(4, F_SETLK, &lock));
  SHOW(fcntl(4, F_SETLK, bad_pointer));
  SHOW(close(3));
  lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
  SHOW(fcntl(4, F_GETLK, &lock));
  printf("type %d\n", lock.l_type == F_UNLCK);
  SHOW(open("file", O_RDONLY));
  lock.l_type = F_RDLCK;
  SHOW(fcntl(3, F_SETLK, &lock));
  lock.l_type = F_WRLCK;
  SHOW(fcntl(3, F_SETLK, &lock));
  close(3);
  close(4);
  NEED(unlink("file"));
  return end();
}
