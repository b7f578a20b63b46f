/* What the functions of malloc.c that print use.  */
#ifndef _LIND_MALLOC_STATS_H
#define _LIND_MALLOC_STATS_H 1
#include <stdio.h>
struct lind_malloc_printer
{
  FILE *stream;
  int (*print) (FILE *, const char *, ...);
  int (*put) (const char *, FILE *);
};
extern struct lind_malloc_printer __lind_malloc_printer;
#endif
