/* POSIX record locks between processes: conflicts, splitting, waiting, deadlock, release by close,
 * exit and exec, and what they have to do with OFD locks. */
#include <pthread.h>
#include <sys/wait.h>

#include "transcript.h"

static int file;
static int to_child[2], to_parent[2];

static int set(int fd, int command, short type, off_t start, off_t length) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, command, &lock);
}

static void ask(const char* what, int fd, short type, off_t start, off_t length, pid_t expected) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  if (fcntl(fd, F_GETLK, &lock) != 0) {
    printf("%s: %s\n", what, strerrorname_np(errno));
    return;
  }
  if (lock.l_type == F_UNLCK) {
    printf("%s: free\n", what);
    return;
  }
  printf("%s: type %d start %lld length %lld, %s\n", what, lock.l_type, (long long)lock.l_start,
         (long long)lock.l_len,
         lock.l_pid == expected ? "by whom I think" : "by somebody else");
}

static void tell(int fd) { NEED(write(fd, "x", 1)); }
static void hear(int fd) {
  char c;
  if (read(fd, &c, 1) != 1) _exit(9);
}

/* Runs `body` in a child that prints nothing after the parent has gone on. */
static pid_t child(void (*body)(void)) {
  fflush(stdout);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  body();
  fflush(stdout);
  _exit(0);
}
static void reap(pid_t pid) {
  int status = 0;
  NEED(waitpid(pid, &status, 0));
  printf("child ended with %d\n", status);
}

static void conflicts(void) {
  SHOW(set(file, F_SETLK, F_WRLCK, 0, 10));
  SHOW(set(file, F_SETLK, F_RDLCK, 5, 1));
  SHOW(set(file, F_SETLK, F_WRLCK, 10, 5));
  ask("parent's", file, F_RDLCK, 0, 0, getppid());
  ask("behind", file, F_WRLCK, 10, 0, getppid());
  const int other = open("file", O_RDONLY);
  SHOW(set(other, F_SETLK, F_WRLCK, 30, 1));
  SHOW(set(other, F_SETLK, F_RDLCK, 30, 1));
  SHOW(close(other)); /* all of ours on the file go */
  tell(to_parent[1]);
  hear(to_child[0]);
}

static void holds_and_waits(void) {
  NEED(set(file, F_SETLK, F_WRLCK, 1, 1));
  tell(to_parent[1]);
  hear(to_child[0]);
  /* The parent waits for 1 by now, or will find us waiting for 0. */
  const int waited = set(file, F_SETLKW, F_WRLCK, 0, 1);
  _exit(waited == 0 ? 0 : errno == EDEADLK ? 1 : 2);
}

static void takes_and_exits(void) {
  NEED(set(file, F_SETLK, F_WRLCK, 0, 0));
  tell(to_parent[1]);
  hear(to_child[0]);
}

static void execs(void) {
  const int kept = fcntl(file, F_DUPFD, 20);
  NEED(set(kept, F_SETLK, F_WRLCK, 40, 2));
  tell(to_parent[1]);
  hear(to_child[0]);
}

static void on_alarm(int signo) { (void)signo; }

static void* waits(void* result) {
  *(int*)result = set(file, F_SETLKW, F_WRLCK, 0, 4);
  return NULL;
}

static void waiting(void) {
  pid_t pid = child(takes_and_exits);
  hear(to_parent[0]);
  ask("all", file, F_RDLCK, 100, 1, pid);
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  alarm(1);
  SHOW(set(file, F_SETLKW, F_WRLCK, 0, 4));
  pthread_t thread;
  int result = -2;
  pthread_create(&thread, NULL, waits, &result);
  usleep(20000);
  tell(to_child[1]);
  pthread_join(thread, NULL);
  printf("the wait ended with %d\n", result);
  reap(pid);
  /* The lock is the process's, not the thread's. */
  SHOW(set(file, F_SETLK, F_UNLCK, 0, 0));
}

static void deadlock(void) {
  NEED(set(file, F_SETLK, F_WRLCK, 0, 1));
  const pid_t pid = child(holds_and_waits);
  hear(to_parent[0]);
  tell(to_child[1]);
  const int got = set(file, F_SETLKW, F_WRLCK, 1, 1);
  const int error = errno;
  if (got != 0) NEED(set(file, F_SETLK, F_UNLCK, 0, 0));
  int status = 0;
  NEED(waitpid(pid, &status, 0));
  const int child_result = WEXITSTATUS(status);
  printf("exactly one of us: %d\n", (got == 0) == (child_result == 1));
  printf("it was a deadlock: %d\n", got == 0 ? child_result == 1 : error == EDEADLK);
  SHOW(set(file, F_SETLK, F_UNLCK, 0, 0));
}

static void arguments(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = -1};
  SHOW(fcntl(file, F_SETLK, &lock));
  lock = (struct flock){.l_type = F_WRLCK, .l_whence = 7};
  SHOW(fcntl(file, F_SETLK, &lock));
  lock = (struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET};
  SHOW(fcntl(file, F_GETLK, &lock));
  lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = -6};
  SHOW(fcntl(file, F_SETLK, &lock));
  lock.l_len = -5;
  SHOW(fcntl(file, F_SETLK, &lock));
  lock.l_start = 0x7fffffffffffffffll;
  lock.l_len = 2;
  SHOW(fcntl(file, F_SETLK, &lock));
  lock.l_whence = SEEK_END;
  SHOW(fcntl(file, F_SETLK, &lock));
  SHOW(lseek(file, 3, SEEK_SET));
  lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 1, .l_len = 2};
  SHOW(fcntl(file, F_SETLK, &lock));
  lock = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_END, .l_start = -4, .l_len = 4};
  SHOW(fcntl(file, F_SETLK, &lock));
}

static void sees_arguments(void) {
  for (off_t at = 0; at < 12; ++at) {
    char name[8];
    snprintf(name, sizeof(name), "%d", (int)at);
    ask(name, file, F_WRLCK, at, 1, getppid());
  }
}

static void with_ofd(void) {
  SHOW(set(file, F_SETLK, F_WRLCK, 0, 4));
  const int other = open("file", O_RDWR);
  SHOW(set(other, F_OFD_SETLK, F_WRLCK, 2, 4));
  SHOW(set(other, F_OFD_SETLK, F_WRLCK, 4, 4));
  ask("ofd", file, F_WRLCK, 4, 1, -1);
  SHOW(set(file, F_SETLK, F_RDLCK, 4, 1));
  NEED(close(other)); /* gives up both: its own, and the process's */
  SHOW(set(file, F_SETLK, F_RDLCK, 4, 1));
  const pid_t pid = child(sees_arguments);
  reap(pid);
  SHOW(set(file, F_SETLK, F_UNLCK, 0, 0));
}

int main(void) {
  begin();
  put_file("file", "0123456789");
  file = open("file", O_RDWR);
  NEED(pipe(to_child));
  NEED(pipe(to_parent));

  SHOW(set(file, F_SETLK, F_WRLCK, 0, 10));
  pid_t pid = child(conflicts);
  hear(to_parent[0]);
  ask("after its close", file, F_WRLCK, 0, 0, pid);
  tell(to_child[1]);
  reap(pid);
  SHOW(set(file, F_SETLK, F_UNLCK, 3, 2));
  SHOW(set(file, F_SETLK, F_RDLCK, 8, 4));
  reap(child(sees_arguments));
  SHOW(set(file, F_SETLK, F_UNLCK, 0, 0));

  waiting();
  deadlock();
  arguments();
  reap(child(sees_arguments));
  SHOW(set(file, F_SETLK, F_UNLCK, 0, 0));
  with_ofd();

  pid = child(execs);
  hear(to_parent[0]);
  ask("through a duplicate", file, F_RDLCK, 41, 1, pid);
  kill(pid, SIGKILL);
  NEED(waitpid(pid, NULL, 0));
  ask("after its death", file, F_RDLCK, 41, 1, pid);

  SHOW(fcntl(file, F_GETLEASE));
  close(file);
  NEED(unlink("file"));
  return end();
}
