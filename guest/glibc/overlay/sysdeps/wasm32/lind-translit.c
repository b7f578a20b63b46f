#include <lind-translit.h>
#define static
#include "C-translit.h"
