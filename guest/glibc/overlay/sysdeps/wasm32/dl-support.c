/* Nothing is searched for along paths, see dl-open.c.  */
#include <ldsodefs.h>
#define _dl_init_paths(...) ((void) 0)
#define _dl_protect_relro(map) ((void) 0)
#include <elf/dl-support.c>
