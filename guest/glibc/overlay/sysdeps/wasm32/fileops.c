/* "ccs=" makes a stream wide.  */
#include <lind-wide.h>
#include <wcsmbs/wcsmbsload.h>
#define __wcsmbs_named_conv(fcts, name) \
  (__lind_wide_printer = __lind_print_wide, __wcsmbs_named_conv (fcts, name))
#include <libio/fileops.c>
