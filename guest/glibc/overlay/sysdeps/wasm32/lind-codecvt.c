/* The conversions of wide streams, apart from what opens them.  */
#define LIND_CODECVT
#include <libio/iofwide.c>
