#include <lind-orients.h>
#include <libio/putwc.c>
