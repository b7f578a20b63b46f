// Echoes what comes over each connection of the listener 3, in a child of its own; ends after argv[1] connections.
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int echo(int connection) {
  char buffer[65536];
  for (;;) {
    struct pollfd ready = {.fd = connection, .events = POLLIN};
    if (poll(&ready, 1, -1) != 1) return 1;
    const ssize_t got = read(connection, buffer, sizeof(buffer));
    if (got == 0) return 0;
    if (got < 0) return 2;
    for (ssize_t done = 0; done < got;) {
      const ssize_t written = write(connection, buffer + done, (size_t)(got - done));
      if (written < 0) return 3;
      done += written;
    }
  }
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < count; ++i) {
    struct pollfd ready = {.fd = 3, .events = POLLIN};
    if (poll(&ready, 1, -1) != 1) return 10;
    const int connection = accept(3, NULL, NULL);
    if (connection < 0) return 11;
    const pid_t child = fork();
    if (child < 0) return 12;
    if (child == 0) _exit(echo(connection));
    close(connection);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
  int worst = 0;
  for (int status = 0; wait(&status) > 0;) {
    if (status != 0) worst = 13;
  }
  return worst;
}
