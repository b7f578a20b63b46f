#include <math.h>
#include <stdio.h>

#include "config.h"

#if !defined HAVE_GETLINE || !defined HAVE_PTHREAD_CREATE || defined HAVE_NO_SUCH_FUNCTION
#error configure was wrong about functions
#endif
#if !defined HAVE_SYS_EPOLL_H || defined HAVE_NO_SUCH_H
#error configure was wrong about headers
#endif

int main(int argc, char** argv) {
  (void)argv;
  printf("long %d, time_t %d, %.3f\n", SIZEOF_LONG, SIZEOF_TIME_T, sqrt(argc + 1.0));
  return 0;
}
