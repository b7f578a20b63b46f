#include <lind-orients.h>
#include <libio/getwc_u.c>
