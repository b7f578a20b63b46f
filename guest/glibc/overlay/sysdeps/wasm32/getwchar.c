#include <lind-orients.h>
#include <libio/getwchar.c>
