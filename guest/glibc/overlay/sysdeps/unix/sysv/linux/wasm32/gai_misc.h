/* clang leaves a call of __gai_create_helper_thread, which exists only inline.  */
#define inline __attribute__ ((__always_inline__)) inline
#include_next <gai_misc.h>
#undef inline
