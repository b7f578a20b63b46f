#include <lind-orients.h>
#include <libio/putwchar_u.c>
