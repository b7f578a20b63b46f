/* POSIX message queues: order, limits, waiting, poll, notification. */
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

static volatile sig_atomic_t notified;
static void on_message(int signo, siginfo_t* info, void* context) {
  (void)signo;
  (void)context;
  notified = info->si_value.sival_int;
}

static short ready(mqd_t queue) {
  struct pollfd p = {.fd = queue, .events = POLLIN | POLLOUT};
  CHECK(poll(&p, 1, 0) >= 0);
  return p.revents;
}

int main(void) {
  char name[32];
  snprintf(name, sizeof(name), "/lind-%d", (int)getpid());
  CHECK_FAILS(mq_open(name, O_RDWR), ENOENT);
  struct mq_attr wanted = {.mq_maxmsg = 3, .mq_msgsize = 16};
  struct mq_attr zero = {.mq_maxmsg = 0, .mq_msgsize = 16};
  CHECK_FAILS(mq_open(name, O_RDWR | O_CREAT, 0600, &zero), EINVAL);
  const mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &wanted);
  CHECK(queue >= 0);
  CHECK_FAILS(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL), EEXIST);
  CHECK_FAILS(mq_open("/a/b", O_RDWR), EACCES);
  struct mq_attr is;
  CHECK(mq_getattr(queue, &is) == 0);
  CHECK(is.mq_maxmsg == 3 && is.mq_msgsize == 16 && is.mq_curmsgs == 0 && is.mq_flags == 0);
  CHECK(ready(queue) == POLLOUT);

  CHECK(mq_send(queue, "low", 3, 1) == 0 && mq_send(queue, "high", 4, 9) == 0);
  CHECK(ready(queue) == (POLLIN | POLLOUT));
  CHECK(mq_send(queue, "low2", 4, 1) == 0);
  CHECK(ready(queue) == POLLIN);
  CHECK_FAILS(mq_send(queue, "seventeen bytes..", 17, 1), EMSGSIZE);
  CHECK_FAILS(mq_send(queue, "x", 1, 40000), EINVAL);
  struct timespec past = {.tv_sec = 1};
  CHECK_FAILS(mq_timedsend(queue, "x", 1, 0, &past), ETIMEDOUT);
  past.tv_nsec = -1;
  CHECK_FAILS(mq_timedsend(queue, "x", 1, 0, &past), EINVAL);
  char text[16];
  unsigned priority;
  CHECK_FAILS(mq_receive(queue, text, 15, NULL), EMSGSIZE);
  for (int i = 0; i < 3; ++i) {
    const ssize_t got = mq_receive(queue, text, sizeof(text), &priority);
    printf("%.*s %u\n", (int)got, text, priority);
  }
  is.mq_flags = O_NONBLOCK;
  CHECK(mq_setattr(queue, &is, NULL) == 0);
  CHECK_FAILS(mq_receive(queue, text, sizeof(text), NULL), EAGAIN);
  is.mq_flags = 0;
  CHECK(mq_setattr(queue, &is, &wanted) == 0 && wanted.mq_flags == O_NONBLOCK);

  struct sigaction action = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  struct sigevent event = {
      .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value = {.sival_int = 5}};
  CHECK(mq_notify(queue, &event) == 0);
  CHECK_FAILS(mq_notify(queue, &event), EBUSY);

  const pid_t child = fork();
  if (child == 0) {
    const mqd_t other = mq_open(name, O_WRONLY);
    CHECK_FAILS(mq_receive(other, text, sizeof(text), NULL), EBADF);
    CHECK(mq_send(other, "from child", 10, 0) == 0);
    _exit(0);
  }
  int result;
  while (waitpid(child, &result, 0) < 0)
    CHECK(errno == EINTR);
  CHECK(result == 0);
  CHECK(notified == 5);
  CHECK(mq_receive(queue, text, sizeof(text), &priority) == 10);
  const mqd_t reader = mq_open(name, O_RDONLY);
  CHECK_FAILS(mq_send(reader, "x", 1, 0), EBADF);
  CHECK((fcntl(reader, F_GETFD) & FD_CLOEXEC) != 0);
  const pid_t waiter = fork();
  if (waiter == 0) _exit(mq_receive(reader, text, sizeof(text), NULL) == 1 ? 0 : 1);
  usleep(10000);
  CHECK(mq_send(queue, "x", 1, 0) == 0);
  CHECK(waitpid(waiter, &result, 0) == waiter && result == 0);
  CHECK(mq_close(reader) == 0);
  CHECK_FAILS(mq_getattr(0, &is), EBADF);
  CHECK(mq_unlink(name) == 0);
  CHECK_FAILS(mq_unlink(name), ENOENT);
  CHECK(mq_send(queue, "still", 5, 0) == 0);
  CHECK(mq_close(queue) == 0);
  puts("done");
  return 0;
}
