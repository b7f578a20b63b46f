/* How backtrace_symbols shows a place in code.  */
#ifndef _LIND_PLACE_H
#define _LIND_PLACE_H 1
#include <stddef.h>
/* docs/guest-abi.md, section 2.  */
#define LIND_SERVICE_FRAMES 0x10004
#define LIND_SERVICE_FUNCTION 0x10005
/* Writes "PROGRAM(FUNCTION+0xDISTANCE) [0xPLACE]", or "[0xPLACE]" outside any
   function, to TEXT with a null behind, and returns the length; if SIZE does not
   suffice, writes nothing and returns a length that does.  Async-signal-safe.  */
extern size_t __lind_describe_place (const void *place, char *text,
				     size_t size);
#endif
