/* A stream that is wide has set the printer, see lind-wide.h.  */
#include <libioP.h>
#include <wchar.h>
#include <lind-wide.h>
lind_wide_printer *__lind_wide_printer;
#define __mbsrtowcs(wide_format, format, length, state) 0
#define __vfwprintf_internal(fp, wide_format, ap, flags) \
  __lind_wide_printer (fp, fmt, ap, flags)
#include <stdio-common/fxprintf.c>
