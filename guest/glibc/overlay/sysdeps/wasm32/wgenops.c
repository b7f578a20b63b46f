/* Functions of wide streams are in every table of functions of a stream, so
   that the table is never null, but what orients a stream is only in programs
   that do (iofwide.c).  These functions call it for streams without
   orientation; those who hand them one refer to it (lind-orients.h) or have
   called it.  */
#pragma weak _IO_fwide
#include <libio/wgenops.c>
