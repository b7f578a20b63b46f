/* A narrow format printed to a wide stream, which the caller has locked.  */
#include <libioP.h>
#include <stdlib.h>
#include <wchar.h>
#include <lind-wide.h>

static int
put_wide (FILE *fp, const char *text, size_t length)
{
  wchar_t *wide = calloc (length + 1, sizeof (wchar_t));
  if (wide == NULL)
    return -1;
  mbstate_t state = { 0 };
  const char *rest = text;
  size_t converted = __mbsrtowcs (wide, &rest, length + 1, &state);
  int valid = converted != (size_t) -1;
  size_t count = valid ? converted : __wcslen (wide);
  int put = _IO_sputn (fp, wide, count) == count;
  free (wide);
  return valid && put ? (int) count : -1;
}

int
__lind_print_wide (FILE *fp, const char *format, va_list ap,
		   unsigned int mode_flags)
{
  char *text;
  int length = __vasprintf_internal (&text, format, ap, mode_flags);
  if (length < 0)
    return -1;
  int result = put_wide (fp, text, length);
  free (text);
  return result;
}
