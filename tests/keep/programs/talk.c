// Says what argv says to the connection 3, and prints what comes back until its end.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (write(3, argv[i], strlen(argv[i])) < 0) return 1;
  }
  if (shutdown(3, SHUT_WR) != 0) return 2;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(3, buffer, sizeof(buffer))) > 0)
    fwrite(buffer, 1, (size_t)got, stdout);
  return got == 0 ? 0 : 3;
}
