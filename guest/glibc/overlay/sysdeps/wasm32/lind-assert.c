/* A failed assertion of the library itself: as __assert_fail, in plain English
   and without stdio.  */
#include <assert.h>
#include <stdio.h>

extern const char *__progname;

void
__libc_assert_fail (const char *assertion, const char *file, unsigned int line,
		    const char *function)
{
  char digits[12];
  char *number = digits + sizeof digits;
  *--number = '\0';
  do
    *--number = '0' + line % 10;
  while ((line /= 10) != 0);
  __libc_message (do_abort, "%s%s%s:%s: %s%sAssertion `%s' failed.\n",
		  __progname, __progname[0] != '\0' ? ": " : "", file, number,
		  function != NULL ? function : "",
		  function != NULL ? ": " : "", assertion);
}
