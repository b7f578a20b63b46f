/* Character set conversions linked into the program (guest/glibc/gconv.py).
   Only iconv_open refers to them strongly: other programs do not have them.  */
#ifndef _LIND_GCONV_H
#define _LIND_GCONV_H	1
#include <gconv.h>
struct lind_gconv_module
{
  const char *name;
  __gconv_fct fct;
  __gconv_init_fct init;
  __gconv_end_fct end;
};
extern const struct lind_gconv_module *const __lind_gconv_modules[];
/* Strings, the last one empty: "m FROM TO MODULE COST" and "a ALIAS NAME".  */
extern const char __lind_gconv_config[];
#endif
