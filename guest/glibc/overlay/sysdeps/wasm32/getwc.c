#include <lind-orients.h>
#include <libio/getwc.c>
