/* mincore, mlock and its neighbours: arguments, holes, and pages that have been brought in. */
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../check.h"

enum { kPage = 4096 };

int main(void) {
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  (void)setrlimit(RLIMIT_MEMLOCK, &all);
  char* const p =
      mmap(NULL, 8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  unsigned char state[8];
  memset(state, 9, sizeof(state));
  p[0] = p[3 * kPage] = 1;
  CHECK(mincore(p, 8 * kPage, state) == 0);
  CHECK(state[0] == 1 && state[3] == 1);
  CHECK(mincore(p, 1, state) == 0);
  CHECK_FAILS(mincore(p + 1, kPage, state), EINVAL);
  CHECK_FAILS(mincore(p, kPage, (unsigned char*)16), EFAULT);
  CHECK(mincore(p, 0, NULL) == 0);

  CHECK(mlock(p + 5, kPage) == 0);
  CHECK(mincore(p, 2 * kPage, state) == 0);
  CHECK(state[0] == 1 && state[1] == 1);
  CHECK(munlock(p, 2 * kPage) == 0);
  CHECK_FAILS(mlock2(p, kPage, 6), EINVAL);
  CHECK(mlock2(p, 8 * kPage, MLOCK_ONFAULT) == 0);
  CHECK(munlock(p, 8 * kPage) == 0);

  CHECK(munmap(p + 4 * kPage, kPage) == 0);
  CHECK_FAILS(mincore(p, 8 * kPage, state), ENOMEM);
  CHECK_FAILS(mlock(p, 8 * kPage), ENOMEM);
  CHECK_FAILS(munlock(p, 8 * kPage), ENOMEM);
  CHECK_FAILS(mlockall(0), EINVAL);
  CHECK_FAILS(mlockall(64), EINVAL);
  CHECK(munlockall() == 0);
  puts("done");
  return 0;
}
