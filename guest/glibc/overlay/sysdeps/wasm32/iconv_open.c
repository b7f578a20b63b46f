/* A program that calls iconv_open has all conversions that are linked in.  */
#include <iconv/iconv_open.c>
#include <lind-gconv.h>
#include <lind-translit.h>
static const void *const keep[] __attribute__ ((used)) =
  { __lind_gconv_modules, translit_from_idx };
