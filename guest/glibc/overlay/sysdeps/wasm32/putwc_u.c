#include <lind-orients.h>
#include <libio/putwc_u.c>
