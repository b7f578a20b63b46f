/* What only a wide stream needs is linked together with this function, which
   orients it.  */
#include <lind-translit.h>
#include <lind-wide.h>
#include <wcsmbs/wcsmbsload.h>
#define __wcsmbs_clone_conv(fcts) \
  (__lind_wide_printer = __lind_print_wide, __wcsmbs_clone_conv (fcts))
#include <libio/iofwide.c>
static const void *const keep __attribute__ ((used)) = translit_from_idx;
