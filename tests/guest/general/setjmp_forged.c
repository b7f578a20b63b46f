// A jmp_buf that no setjmp has written: a cage must refuse it.
// expect-cage: signal SIGABRT
#include <setjmp.h>
#include <string.h>

static jmp_buf forged;

int main(void) {
  memset(forged, 0x41, sizeof forged);
  longjmp(forged, 1);
}
