/* Functions of wide streams are in every table of functions of a stream, so
   that the table is never null, but what orients a stream is only in programs
   that do (iofwide.c).  These functions call it for streams without
   orientation, which nobody else hands them.  */
#pragma weak _IO_fwide
#include <libio/wgenops.c>
