// A handler interrupts a blocking call: EINTR without SA_RESTART, made again with it; a sleep is
// never made again and tells what is left.
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int pipe_fds[2];
static volatile int calls;

static void count(int signo) {
  (void)signo;
  calls++;
}
static void count_and_feed(int signo) {
  (void)signo;
  calls++;
  CHECK(write(pipe_fds[1], "x", 1) == 1);
}

static void on_alarm(void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  calls = 0;
  struct itimerval timer = {.it_value = {.tv_sec = 0, .tv_usec = 30000}};
  CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

int main(void) {
  char c;
  CHECK(pipe(pipe_fds) == 0);

  on_alarm(count, 0);
  CHECK_FAILS(read(pipe_fds[0], &c, 1), EINTR);
  printf("read without: EINTR, calls %d\n", calls);
  on_alarm(count_and_feed, SA_RESTART);
  CHECK(read(pipe_fds[0], &c, 1) == 1 && c == 'x');
  printf("read with: made again, calls %d\n", calls);

  int closing[2];
  CHECK(pipe(closing) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    close(closing[1]);
    CHECK(read(closing[0], &c, 1) == 0);
    _exit(5);
  }
  close(closing[0]);
  on_alarm(count, 0);
  CHECK_FAILS(waitpid(pid, NULL, 0), EINTR);
  printf("wait without: EINTR, calls %d\n", calls);
  CHECK(close(closing[1]) == 0);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);

  on_alarm(count, SA_RESTART);
  struct pollfd poll_fd = {.fd = pipe_fds[0], .events = POLLIN};
  CHECK_FAILS(poll(&poll_fd, 1, 5000), EINTR);
  printf("poll with: EINTR, calls %d\n", calls);

  on_alarm(count, SA_RESTART);
  struct timespec request = {5, 0}, left = {0, 0};
  CHECK_FAILS(nanosleep(&request, &left), EINTR);
  printf("nanosleep with: EINTR, calls %d, left sane %d\n", calls,
         left.tv_sec == 4 && left.tv_nsec > 0 && left.tv_nsec < 999000000);
  on_alarm(count, SA_RESTART);
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &request, &left) == EINTR);
  on_alarm(count, SA_RESTART);
  CHECK_FAILS(pause(), EINTR);
  printf("pause with: EINTR, calls %d\n", calls);

  request = (struct timespec){0, 20000000};
  CHECK(nanosleep(&request, NULL) == 0);
  request.tv_nsec = 1000000000;
  CHECK_FAILS(nanosleep(&request, NULL), EINVAL);
  printf("done\n");
  return 0;
}
