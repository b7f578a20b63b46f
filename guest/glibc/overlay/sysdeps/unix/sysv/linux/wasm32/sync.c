/* The generated stub would return int where the header says void.  */
#include <unistd.h>
#include <sysdep.h>
void
sync (void)
{
  INTERNAL_SYSCALL_CALL (sync);
}
