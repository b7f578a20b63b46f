// Children that live under this grate.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lind/grate.h"
#include "raw.h"

enum { MAX_ROUTES = 2048 };
static const char installed[] = "/usr/lib/lind/grates/";

static struct lind_route routes[MAX_ROUTES];
static unsigned num_routes;

static int add_route(int number, uint32_t flags, uint32_t handler) {
  unsigned at = 0;
  while (at < num_routes && routes[at].number != number)
    at++;
  if (at == MAX_ROUTES) {
    errno = ENOSPC;
    return -1;
  }
  routes[at] = (struct lind_route){number, flags, handler};
  if (at == num_routes) num_routes++;
  return 0;
}

int lind_on(int number, lind_handler handler) {
  return add_route(number, LIND_ROUTE_HANDLER, (uintptr_t)handler);
}

int lind_on_deny(int number, int error) {
  return add_route(number, LIND_ROUTE_DENY, (uint32_t)error);
}

int lind_on_pass(int number) {
  return add_route(number, LIND_ROUTE_PASS, 0);
}

pid_t lind_fork(void) {
  const long long noted =
      lind_raw_syscall(LIND_fork_interpose, (uintptr_t)routes, num_routes, 0, 0, 0, 0);
  if (noted < 0) {
    errno = (int)-noted;
    return -1;
  }
  return fork();
}

// Behind a grate's options stands another grate or the program.
static void execute(char* const argv[]) {
  char path[4096];
  if (strchr(argv[0], '/') == NULL && strlen(argv[0]) < sizeof(path) - sizeof(installed)) {
    strcpy(path, installed);
    strcat(path, argv[0]);
    execv(path, argv);
  }
  execvp(argv[0], argv);
}

int lind_run(char* const argv[]) {
  if (argv[0] == NULL) {
    fputs("no program to run\n", stderr);
    return 125;
  }
  lind_child_executes = 1;
  fflush(NULL);
  const pid_t child = lind_fork();
  if (child == 0) {
    execute(argv);
    const int error = errno;
    fprintf(stderr, "%s: %s\n", argv[0], strerror(error));
    _exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
  }
  lind_child_executes = 0;
  if (child < 0) {
    perror("fork");
    return 125;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 125;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
