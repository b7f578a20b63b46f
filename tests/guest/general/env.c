// The environment holds what was given and nothing else; the program can change its own.
// env: COLOUR=blue EMPTY= "WORDS=a b"
#include <unistd.h>

#include "check.h"

static int by_text(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

int main(void) {
  size_t count = 0;
  while (environ[count] != NULL)
    count++;
  char* sorted[64];
  CHECK(count < 64);
  memcpy(sorted, environ, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_text);
  for (size_t i = 0; i < count; i++) {
    if (strncmp(sorted[i], "HOME=", 5) == 0) continue;
    puts(sorted[i]);
  }
  CHECK(setenv("COLOUR", "red", 0) == 0);
  printf("%s\n", getenv("COLOUR"));
  CHECK(setenv("COLOUR", "red", 1) == 0);
  printf("%s\n", getenv("COLOUR"));
  CHECK(unsetenv("COLOUR") == 0);
  CHECK(getenv("COLOUR") == NULL);
  CHECK_FAILS(setenv("a=b", "1", 1), EINVAL);
  CHECK(clearenv() == 0);
  CHECK(getenv("EMPTY") == NULL);
  return 0;
}
