// alarm and setitimer: what is left of the old one, intervals, cancelling.
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int rings;
static void ring(int signo) {
  (void)signo;
  rings++;
}

int main(void) {
  CHECK(alarm(100) == 0);
  CHECK(alarm(50) == 100);
  struct itimerval value;
  CHECK(getitimer(ITIMER_REAL, &value) == 0);
  printf("left %d interval %d\n", value.it_value.tv_sec == 49, (int)value.it_interval.tv_sec);
  CHECK(alarm(0) == 50 && alarm(0) == 0);
  signal(SIGALRM, ring);
  struct itimerval repeat = {.it_interval = {0, 5000}, .it_value = {0, 5000}};
  CHECK(setitimer(ITIMER_REAL, &repeat, NULL) == 0);
  while (rings < 5)
    pause();
  memset(&repeat, 0, sizeof(repeat));
  CHECK(setitimer(ITIMER_REAL, &repeat, &value) == 0);
  printf("rang, interval %d\n", (int)value.it_interval.tv_usec);
  repeat.it_value.tv_usec = 1000000;
  CHECK_FAILS(setitimer(ITIMER_REAL, &repeat, NULL), EINVAL);
  CHECK_FAILS(setitimer(17, &value, NULL), EINVAL);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    signal(SIGALRM, SIG_DFL);
    ualarm(1000, 0);
    for (;;)
      pause();
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("died of %d\n", WTERMSIG(status));
  return 0;
}
