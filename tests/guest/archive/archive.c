/// \file
/// Prints what two locales of an archive say.
#include <locale.h>
#include <stdio.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

static void show(const char* name) {
  const char* set = setlocale(LC_ALL, name);
  printf("%s: ", set != NULL ? set : "not found");
  time_t start = 0;
  char text[100];
  strftime(text, sizeof text, "%A", gmtime(&start));
  printf("%'.2f %s %d\n", 1234.5, text, iswupper(L'\xc4') != 0);
}

int main(void) {
  show("de_DE.UTF-8");
  show("fr_FR.UTF-8");
  show("missing_XX");
  return 0;
}
