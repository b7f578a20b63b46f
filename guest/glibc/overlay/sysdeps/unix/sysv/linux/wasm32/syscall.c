/* Every argument is one 32-bit word of unknown type: zero-extended, because a
   pointer must be and the host takes an int from the low half.  */
#include <sysdep.h>
#include <stdarg.h>
#include <unistd.h>
#include <errno.h>
long int
syscall (long int number, ...)
{
  va_list ap;
  va_start (ap, number);
  unsigned long int a[6];
  for (int i = 0; i < 6; i++)
    a[i] = va_arg (ap, unsigned long int);
  va_end (ap);
  long r = __LIND_SC6 (number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (INTERNAL_SYSCALL_ERROR_P (r))
    {
      __set_errno (INTERNAL_SYSCALL_ERRNO (r));
      return -1;
    }
  return r;
}
