/* clang passes a null list to a variadic function that is called without further arguments, and page
   0 is not mapped.  Natively such a function may look at arguments that are not there, and does
   (fcntl, ioctl, syscall): give it zeros.  */
#include_next <stdarg.h>
#if defined va_start && !defined __lind_va_start
# define __lind_va_start 1
# ifdef __cplusplus
extern "C"
# else
extern
# endif
const long long int __lind_no_arguments[8];
# undef va_start
# define va_start(ap, ...)						\
  (__builtin_va_start (ap, ##__VA_ARGS__),				\
   (void) ((ap) != 0 || ((ap) = (__builtin_va_list) __lind_no_arguments, 0)))
#endif
