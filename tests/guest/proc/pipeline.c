// Three processes in a row, joined by pipes, as a shell would start them.
#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void upper(void) {
  int c;
  while ((c = getchar()) != EOF)
    putchar(toupper(c));
}
static void count(void) {
  int c, lines = 0, bytes = 0;
  while ((c = getchar()) != EOF) {
    bytes++;
    lines += c == '\n';
    if (bytes <= 20) putchar(c);
  }
  printf("\n%d lines %d bytes\n", lines, bytes);
}

static pid_t start(void (*work)(void), int in, int out, int other) {
  fflush(stdout);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid != 0) return pid;
  CHECK(dup2(in, 0) == 0 && dup2(out, 1) == 1);
  if (other >= 0) close(other);
  if (in > 2) close(in);
  if (out > 2) close(out);
  work();
  exit(0);
}

int main(void) {
  int a[2], b[2];
  CHECK(pipe(a) == 0);
  CHECK(pipe(b) == 0);
  pid_t first = start(upper, a[0], b[1], a[1]);
  close(a[0]);
  close(b[1]);
  // The second must not hold the writing end of the first pipe.
  pid_t second = start(count, b[0], 1, a[1]);
  close(b[0]);
  FILE* feed = fdopen(a[1], "w");
  CHECK(feed != NULL);
  for (int i = 0; i < 20000; i++)
    fprintf(feed, "line %d\n", i);
  CHECK(fclose(feed) == 0);
  int status;
  CHECK(waitpid(first, &status, 0) == first && status == 0);
  CHECK(waitpid(second, &status, 0) == second && status == 0);
  return 0;
}
