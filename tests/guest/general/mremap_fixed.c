/* mremap to a chosen place, and leaving an empty mapping behind. */
#include <sys/mman.h>
#include <unistd.h>

#include "../check.h"

enum { kPage = 4096 };

static char* map(size_t pages, int flags) {
  char* const p = mmap(NULL, pages * kPage, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  return p;
}

static int is_mapped(char* p) {
  unsigned char state;
  return mincore(p, kPage, &state) == 0;
}

int main(void) {
  char* const place = map(16, MAP_PRIVATE);
  char* const from = map(4, MAP_PRIVATE);
  memset(from, 'a', 4 * kPage);
  memset(place, 'z', 16 * kPage);

  CHECK_FAILS((long)mremap(from, 4 * kPage, 4 * kPage, MREMAP_FIXED, place), EINVAL);
  CHECK_FAILS((long)mremap(from, 4 * kPage, 4 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place + 1),
              EINVAL);
  CHECK_FAILS((long)mremap(from, 4 * kPage, 4 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, from + kPage),
              EINVAL);
  CHECK_FAILS((long)mremap(from, 4 * kPage, 0, MREMAP_MAYMOVE | MREMAP_FIXED, place), EINVAL);

  char* to = mremap(from, 4 * kPage, 4 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place + 2 * kPage);
  CHECK(to == place + 2 * kPage);
  CHECK(!is_mapped(from));
  for (int i = 0; i < 16; ++i)
    CHECK(place[i * kPage] == (i >= 2 && i < 6 ? 'a' : 'z'));

  /* Growing and shrinking on the way. */
  char* const wide = map(8, MAP_PRIVATE);
  to = mremap(to, 4 * kPage, 6 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, wide);
  CHECK(to == wide && to[3 * kPage] == 'a' && to[5 * kPage] == 0);
  to = mremap(to, 6 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  CHECK(to == place && to[kPage] == 'a');
  CHECK(!is_mapped(wide) && !is_mapped(wide + 3 * kPage));
  puts("moved");

  char* const left = map(2, MAP_PRIVATE);
  memset(left, 'l', 2 * kPage);
  CHECK_FAILS((long)mremap(left, 2 * kPage, 3 * kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL),
              EINVAL);
  to = mremap(left, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  CHECK(to != MAP_FAILED && to != left && to[kPage] == 'l' && left[0] == 0);
  left[0] = 'n';
  CHECK(to[0] == 'l');
  puts("left empty");

  char* const shared = map(2, MAP_SHARED);
  shared[0] = 's';
  to = mremap(shared, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place + 8 * kPage);
  CHECK(to == place + 8 * kPage && to[0] == 's');
  if (fork() == 0) {
    to[0] = 'c';
    _exit(0);
  }
  while (to[0] != 'c')
    usleep(1000);
  puts("shared");
  return 0;
}
