// C.UTF-8: multibyte characters, wide characters and their classes.
#include <langinfo.h>
#include <locale.h>
#include <wchar.h>
#include <wctype.h>

#include "check.h"

int main(void) {
  printf("%s %s\n", setlocale(LC_ALL, NULL), nl_langinfo(CODESET));
  printf("%zd\n", (ssize_t)mbstowcs(NULL, "é", 0));
  printf("%s\n", setlocale(LC_ALL, "C.UTF-8"));
  printf("%s %zu\n", nl_langinfo(CODESET), MB_CUR_MAX);
  const char* text = "aé€𝄞z";
  wchar_t wide[16];
  const size_t length = mbstowcs(wide, text, 16);
  printf("%zu:", length);
  for (size_t i = 0; i < length; i++)
    printf(" %x", (unsigned)wide[i]);
  printf("\n%ls %lc\n", wide, (wint_t)0xe9);
  CHECK(mbstowcs(wide, "\xff", 16) == (size_t)-1 && errno == EILSEQ);
  printf("%d %d %x %d\n", iswalpha(0xe9) != 0, iswpunct(L'!') != 0, (unsigned)towupper(0xe9),
         wcwidth(0x4e2d));
  char back[16];
  const wchar_t back_source[] = {0x20ac, 0x1d11e, 0};
  CHECK(wcstombs(back, back_source, sizeof back) == 7);
  printf("%s\n", back);
  CHECK(setlocale(LC_ALL, "xx_YY.absent") == NULL);
  struct lconv* conventions = localeconv();
  printf("[%s] [%s]\n", conventions->decimal_point, conventions->thousands_sep);
  return 0;
}
