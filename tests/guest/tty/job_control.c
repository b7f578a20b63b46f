// Sessions, foreground groups, signals of keys, background reads and writes, hang-ups.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

static int master;

// Reads the terminal until `wanted` has come; prints nothing.
static void expect(const char *wanted) {
  char bytes[4096];
  size_t used = 0;
  bytes[0] = 0;
  while (strstr(bytes, wanted) == NULL) {
    ssize_t count = read(master, bytes + used, sizeof(bytes) - 1 - used);
    if (count <= 0) fprintf(stderr, "behind \"%s\" there is no \"%s\"\n", bytes, wanted);
    CHECK(count > 0);
    used += (size_t)count;
    bytes[used] = 0;
  }
}

static void say(const char *text) { CHECK(write(1, text, strlen(text)) == (ssize_t)strlen(text)); }
static void type(const char *keys) { CHECK(write(master, keys, strlen(keys)) == (ssize_t)strlen(keys)); }

static void describe(const char *name, int status) {
  if (WIFEXITED(status)) printf("%s: exit %d\n", name, WEXITSTATUS(status));
  if (WIFSIGNALED(status)) printf("%s: signal %d\n", name, WTERMSIG(status));
  if (WIFSTOPPED(status)) printf("%s: stopped %d\n", name, WSTOPSIG(status));
}

// Runs `body` as the leader of a session on a terminal of its own.
static int session(void (*body)(void), void (*driver)(pid_t)) {
  fflush(stdout);
  pid_t pid = forkpty(&master, NULL, NULL, NULL);
  CHECK(pid >= 0);
  if (pid == 0) {
    body();
    _exit(0);
  }
  driver(pid);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(close(master) == 0);
  return status;
}

static void own_terminal(void) {
  CHECK(getsid(0) == getpid() && tcgetsid(0) == getpid() && tcgetpgrp(0) == getpgrp());
  int fd = open("/dev/tty", O_RDWR);
  CHECK(fd >= 0 && tcgetpgrp(fd) == getpgrp());
  CHECK(write(fd, "tty", 3) == 3);
  CHECK_FAILS(tcsetpgrp(fd, 1 << 20), ESRCH);
  CHECK_FAILS(tcsetpgrp(fd, getppid()), EPERM);
  pid_t pid = fork();
  if (pid == 0) {
    CHECK(setsid() == getpid());
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_FAILS(tcgetpgrp(0), ENOTTY);
    CHECK_FAILS(ioctl(0, TIOCSCTTY, 0), EPERM);
    _exit(3);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
  say("done");
}
static void wait_done(pid_t pid) {
  (void)pid;
  expect("done");
}

static void sleeper(void) {
  say("ready");
  for (;;) pause();
}
static void press_interrupt(pid_t pid) {
  (void)pid;
  expect("ready");
  type("\003");
}
static void press_quit(pid_t pid) {
  (void)pid;
  expect("ready");
  type("\034");
}

static volatile sig_atomic_t num_resized;
static void resized(int signo) {
  (void)signo;
  num_resized++;
}
static void window(void) {
  signal(SIGWINCH, resized);
  say("ready");
  while (num_resized == 0) {
    struct pollfd none = {.fd = -1};
    poll(&none, 1, 10);
  }
  struct winsize size;
  CHECK(ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_row == 33 && size.ws_col == 99);
  say("done");
}
static void resize(pid_t pid) {
  (void)pid;
  expect("ready");
  struct winsize size = {.ws_row = 33, .ws_col = 99};
  CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
  expect("done");
}

// A shell in small: stops, continues and moves a job.
static pid_t job(void (*body)(void)) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_DFL);
    body();
    _exit(0);
  }
  setpgid(pid, pid);
  return pid;
}
static void read_byte(void) {
  char byte;
  ssize_t count = read(0, &byte, 1);
  _exit(count == 1 ? 10 : errno);
}
static void write_stopping(void) { _exit(write(1, "x", 1) == 1 ? 11 : errno); }
static void set_attributes(void) {
  struct termios t;
  CHECK(tcgetattr(0, &t) == 0);
  _exit(tcsetattr(0, TCSANOW, &t) == 0 ? 12 : errno);
}
static void ignore_and_read(void) {
  signal(SIGTTIN, SIG_IGN);
  read_byte();
}
static void pause_forever(void) {
  for (;;) pause();
}
static int report;
static void note(const char *name, pid_t pid, int options) {
  int status;
  CHECK(waitpid(pid, &status, options) == pid);
  dprintf(report, "%s: ", name);
  if (WIFEXITED(status)) dprintf(report, "exit %d\n", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) dprintf(report, "signal %d\n", WTERMSIG(status));
  if (WIFSTOPPED(status)) dprintf(report, "stopped %d\n", WSTOPSIG(status));
}
static void shell(void) {
  signal(SIGTTOU, SIG_IGN);
  pid_t pid = job(read_byte);
  note("background read", pid, WUNTRACED);
  CHECK(tcsetpgrp(0, pid) == 0 && kill(-pid, SIGCONT) == 0);
  say("give");
  note("foreground read", pid, WUNTRACED);
  CHECK(tcsetpgrp(0, getpgrp()) == 0);

  pid = job(ignore_and_read);
  note("read that ignores", pid, WUNTRACED);
  pid = job(write_stopping);
  note("background write", pid, WUNTRACED);
  struct termios t;
  CHECK(tcgetattr(0, &t) == 0);
  t.c_lflag |= TOSTOP;
  CHECK(tcsetattr(0, TCSANOW, &t) == 0);
  pid = job(write_stopping);
  note("background write with tostop", pid, WUNTRACED);
  CHECK(kill(-pid, SIGKILL) == 0);
  note("killed", pid, WUNTRACED);
  t.c_lflag &= ~(tcflag_t)TOSTOP;
  CHECK(tcsetattr(0, TCSANOW, &t) == 0);
  pid = job(set_attributes);
  note("background tcsetattr", pid, WUNTRACED);
  CHECK(tcsetpgrp(0, pid) == 0 && kill(-pid, SIGCONT) == 0);
  note("foreground tcsetattr", pid, WUNTRACED);

  pid = job(pause_forever);
  CHECK(tcsetpgrp(0, pid) == 0);
  say("suspend");
  note("suspended", pid, WUNTRACED);
  CHECK(kill(-pid, SIGCONT) == 0);
  int status;
  CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
  say("interrupt");
  note("interrupted", pid, WUNTRACED);
  CHECK(tcsetpgrp(0, getpgrp()) == 0);
  say("end");
}
static void drive_shell(pid_t pid) {
  (void)pid;
  expect("give");
  type("z\n");
  expect("suspend");
  type("\032");
  expect("interrupt");
  type("\003");
  expect("end");
}

// The members of an orphaned group: reading fails, the stopped are told.
static volatile sig_atomic_t got_hangup;
static void hangup(int signo) {
  (void)signo;
  got_hangup = 1;
}
static void orphan_maker(void) {
  int alive[2];
  CHECK(pipe(alive) == 0);
  pid_t middle = fork();
  CHECK(middle >= 0);
  if (middle == 0) {
    pid_t pid = fork();
    if (pid == 0) {
      setpgid(0, 0);
      signal(SIGHUP, hangup);
      raise(SIGSTOP);
      dprintf(report, "orphan: hang-up %d\n", (int)got_hangup);
      char byte;
      errno = 0;
      ssize_t count = read(0, &byte, 1);
      dprintf(report, "orphan reads %d, EIO %d\n", (int)count, errno == EIO);
      raise(SIGTSTP);
      dprintf(report, "orphan does not stop\n");
      _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    _exit(0);
  }
  int status;
  CHECK(waitpid(middle, &status, 0) == middle);
  char byte;
  CHECK(close(alive[1]) == 0 && read(alive[0], &byte, 1) == 0);  // the session lasts longer than the orphan
}
static void nothing(pid_t pid) { (void)pid; }

static void hang_up_session(pid_t pid) {
  (void)pid;
  expect("ready");
  CHECK(close(master) == 0);
  master = open("/dev/null", O_RDONLY);
}

static void show_report(int fd) {
  char bytes[4096];
  for (ssize_t count; (count = read(fd, bytes, sizeof(bytes))) > 0;) fwrite(bytes, 1, (size_t)count, stdout);
}

int main(void) {
  int ends[2];
  describe("own terminal", session(own_terminal, wait_done));
  describe("interrupt key", session(sleeper, press_interrupt));
  int status = session(sleeper, press_quit);
  printf("quit key: %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
  describe("window", session(window, resize));
  CHECK(pipe(ends) == 0);
  report = ends[1];
  describe("shell", session(shell, drive_shell));
  describe("orphans", session(orphan_maker, nothing));
  CHECK(close(ends[1]) == 0);
  show_report(ends[0]);
  describe("hang up", session(sleeper, hang_up_session));
  return 0;
}
