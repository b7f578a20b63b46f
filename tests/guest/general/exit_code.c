// Only the low eight bits of an exit code reach the parent.
// expect: exit 42
#include <stdlib.h>

int main(void) {
  exit(42 + 256);
}
