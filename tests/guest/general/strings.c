// The string functions agree with simple loops over them, at every small size and alignment.
#include <ctype.h>
#include <strings.h>

#include "check.h"

enum { kSize = 80 };

static void check_copies(void) {
  char source[kSize * 2];
  char target[kSize * 2];
  for (int i = 0; i < kSize * 2; i++)
    source[i] = (char)('a' + i % 26);
  for (int offset = 0; offset < 16; offset++) {
    for (int length = 0; length < kSize; length++) {
      memset(target, '.', sizeof target);
      memcpy(target + offset, source + 3, (size_t)length);
      for (int i = 0; i < kSize * 2; i++) {
        const int inside = i >= offset && i < offset + length;
        CHECK(target[i] == (inside ? source[3 + i - offset] : '.'));
      }
      memmove(target + 5, target, kSize);
      CHECK(length == 0 || target[5 + offset] == source[3]);
    }
  }
}

static void check_searches(void) {
  char text[kSize + 1];
  for (int offset = 0; offset < 16; offset++) {
    for (int at = offset; at < kSize; at++) {
      memset(text, 'x', kSize);
      text[kSize] = 0;
      text[at] = 'y';
      CHECK(strchr(text + offset, 'y') == text + at);
      CHECK(strrchr(text + offset, 'y') == text + at);
      CHECK(memchr(text + offset, 'y', (size_t)(kSize - offset)) == text + at);
      CHECK(strcspn(text + offset, "zy") == (size_t)(at - offset));
      text[at] = 0;
      CHECK(strlen(text + offset) == (size_t)(at - offset));
      CHECK(strnlen(text + offset, 7) == (at - offset < 7 ? (size_t)(at - offset) : 7));
    }
  }
  CHECK(strstr("a needle in a haystack of needles", "needles") != NULL);
  CHECK(strstr("abababab", "abac") == NULL);
}

int main(void) {
  check_copies();
  check_searches();
  char list[] = "one,two;;three";
  char* rest = NULL;
  for (char* part = strtok_r(list, ",;", &rest); part != NULL; part = strtok_r(NULL, ",;", &rest)) {
    printf("[%s]", part);
  }
  char path[] = "a::b";
  char* cursor = path;
  for (char* part; (part = strsep(&cursor, ":")) != NULL;)
    printf("<%s>", part);
  printf("\n%d %d %d\n", strcmp("abc", "abd") < 0, strncasecmp("ABCx", "abcy", 3),
         strverscmp("file9", "file10") < 0);
  for (int error = 0; error < 134; error++)
    printf("%d %s\n", error, strerror(error));
  for (int signal = 1; signal < 32; signal++)
    printf("%d %s\n", signal, strsignal(signal));
  int classes = 0;
  for (int c = 0; c < 256; c++) {
    classes = classes * 31 + (isalpha(c) != 0) + 2 * (isspace(c) != 0) + 4 * (ispunct(c) != 0) +
              tolower(c);
  }
  printf("%d\n", classes);
  return 0;
}
