// Arguments arrive in order, with empty ones, spaces, and bytes that are not ASCII.
// args: one "two words" "" "-x=1" "ümlaut" "tab	inside"
#include <stdio.h>

int main(int argc, char** argv) {
  printf("%d\n", argc);
  for (int i = 1; i < argc; i++)
    printf("%d [%s]\n", i, argv[i]);
  printf("end %d\n", argv[argc] == NULL);
  return 0;
}
