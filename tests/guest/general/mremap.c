// An area grows and shrinks, moving if it must, and keeps its contents.
#include <sys/mman.h>

#include "check.h"

int main(void) {
  const size_t page = 4096;
  char* area = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED);
  memset(area, 'k', 4 * page);
  area = mremap(area, 4 * page, 4096 * page, MREMAP_MAYMOVE);
  CHECK(area != MAP_FAILED);
  CHECK(area[4 * page - 1] == 'k' && area[4 * page] == 0);
  area[4096 * page - 1] = 'e';
  CHECK(mremap(area, 4096 * page, page, 0) == area);
  CHECK(area[page - 1] == 'k');
  CHECK(munmap(area, page) == 0);
  puts("kept");
  return 0;
}
