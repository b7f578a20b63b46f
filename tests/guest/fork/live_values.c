// Integers, doubles and pointers of many frames are alive across fork, in parent and child: the
// child runs on the same stack contents at another host address and must not notice.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kDepth = 400 };

struct link {
  const struct link* above;
  int value;
};

static int wait_for(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int sum_of_links(const struct link* link) {
  int sum = 0;
  for (; link != NULL; link = link->above)
    sum = (sum * 3 + link->value) % 10007;
  return sum;
}

__attribute__((noinline)) static double descend(int depth, double a, double b, long long c,
                                                unsigned d, const struct link* above,
                                                pid_t* child) {
  struct link mine = {above, depth ^ (int)d};
  double local[4] = {a, b, a * b, a - b};
  double* cursor = local + depth % 4;
  if (depth == 0) {
    fflush(stdout);
    *child = fork();
    CHECK(*child >= 0);
  } else {
    a = descend(depth - 1, a * 0.75 + depth, b + 0.5, c * 7 + depth, d * 5 + 1, &mine, child);
  }
  return a + b + *cursor + local[3] + (double)(c % 1000) + d % 17 + sum_of_links(&mine);
}

int main(void) {
  pid_t child = -1;
  const double result = descend(kDepth, 1.5, -2.25, 3, 4, NULL, &child);
  if (child == 0) {
    printf("child %.17g\n", result);
    fflush(stdout);
    _exit(17);
  }
  printf("status %d\n", wait_for(child));
  printf("parent %.17g\n", result);
  return 0;
}
