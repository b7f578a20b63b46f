#include <lind-orients.h>
#include <libio/getwchar_u.c>
