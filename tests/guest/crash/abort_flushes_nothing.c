// abort does not flush streams.
// expect: signal SIGABRT
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  printf("never shown");
  abort();
}
