/* For functions that orient a stream without calling _IO_fwide themselves:
   wgenops.c calls it for them, if it is linked.  */
#include <libioP.h>
static int (*const lind_orients) (FILE *, int) __attribute__ ((used))
  = _IO_fwide;
