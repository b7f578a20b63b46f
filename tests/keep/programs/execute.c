// Forks a child that executes the file it is told, with arguments of its own; itself if it is told nothing else.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "again") == 0) {
    printf("executed as %s\n", argv[0]);
    return 3;
  }
  const char* const file = argc > 1 ? argv[1] : "/main.wasm";
  const pid_t child = fork();
  if (child == 0) {
    execl(file, "its-own-name", "again", (char*)NULL);
    perror(file);
    _exit(99);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 98;
  return WEXITSTATUS(status);
}
