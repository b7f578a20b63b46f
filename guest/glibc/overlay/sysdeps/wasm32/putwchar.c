#include <lind-orients.h>
#include <libio/putwchar.c>
