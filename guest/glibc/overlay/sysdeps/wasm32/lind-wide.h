/* How __fxprintf prints to a wide stream.  Streams become wide in two places,
   which set this before (iofwide.c, fileops.c): other programs need not have
   what converts.  */
#ifndef _LIND_WIDE_H
#define _LIND_WIDE_H 1
#include <stdarg.h>
#include <stdio.h>
typedef int lind_wide_printer (FILE *, const char *, va_list, unsigned int);
extern lind_wide_printer *__lind_wide_printer;
extern lind_wide_printer __lind_print_wide;
#endif
