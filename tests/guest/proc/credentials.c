// Users and groups: which numbers a process may take, whom it may signal, what exec keeps.
// user: root
#include <grp.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void show(const char* what) {
  uid_t r, e, s;
  gid_t gr, ge, gs;
  CHECK(getresuid(&r, &e, &s) == 0 && getresgid(&gr, &ge, &gs) == 0);
  printf("%s: %u %u %u, %u %u %u\n", what, r, e, s, gr, ge, gs);
}

static int status_of(void (*body)(void)) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    body();
    exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}

static void drop(uid_t id) {
  CHECK(setgroups(0, NULL) == 0 && setgid(id) == 0 && setuid(id) == 0);
}

static void drop_for_good(void) {
  drop(1000);
  show("dropped");
  CHECK_FAILS(setuid(0), EPERM);
  CHECK_FAILS(setgid(0), EPERM);
  CHECK_FAILS(seteuid(0), EPERM);
  CHECK_FAILS(setreuid(-1, 1001), EPERM);
  CHECK_FAILS(setresgid(-1, -1, 7), EPERM);
  CHECK_FAILS(setgroups(0, NULL), EPERM);
  CHECK(setuid(1000) == 0 && setresuid(-1, -1, -1) == 0);
  CHECK_FAILS(setuid(-1), EINVAL);
  show("still");
}

static void go_and_return(void) {
  CHECK(seteuid(1000) == 0);
  show("for a while");
  CHECK_FAILS(setuid(1001), EPERM);
  CHECK(seteuid(0) == 0);
  CHECK(setresuid(1, 2, 3) == 0);
  show("three");
  CHECK(setreuid(2, 1) == 0);
  show("turned");
  CHECK_FAILS(setreuid(3, -1), EPERM);
  CHECK(setresuid(1, 1, 1) == 0);
  show("one");
}

static void groups(void) {
  const gid_t list[] = {30, 10, 20};
  CHECK(setgroups(3, list) == 0 && getgroups(0, NULL) == 3);
  gid_t found[4];
  CHECK_FAILS(getgroups(2, found), EINVAL);
  CHECK(getgroups(4, found) == 3);
  printf("groups %u %u %u\n", found[0], found[1], found[2]);
  CHECK_FAILS(setgroups(-1, list), EINVAL);
  CHECK_FAILS(setgroups(70000, list), EINVAL);
  CHECK(setregid(5, 6) == 0);
  show("groups");
  CHECK(status_of(drop_for_good) == 0);
}

static void file_ids(void) {
  CHECK(setfsuid(1000) == 0 && setfsuid(-1) == 1000);
  CHECK(setfsgid(7) == 0 && setfsgid(-1) == 7);
  CHECK(seteuid(0) == 0 && setfsuid(-1) == 0);
  drop(1000);
  CHECK(setfsuid(5) == 1000 && setfsuid(-1) == 1000);
}

static pid_t sleeper(uid_t id) {
  int ready[2];
  CHECK(pipe(ready) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    if (id != 0) drop(id);
    CHECK(write(ready[1], "x", 1) == 1);
    for (;;)
      pause();
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1 && close(ready[0]) == 0 && close(ready[1]) == 0);
  return child;
}

static pid_t of_root, of_friend, of_other;

static void signals(void) {
  drop(1000);
  CHECK_FAILS(kill(of_root, SIGTERM), EPERM);
  CHECK_FAILS(kill(of_root, 0), EPERM);
  CHECK_FAILS(kill(of_other, SIGTERM), EPERM);
  CHECK_FAILS(kill(1, SIGTERM), EPERM);
  CHECK_FAILS(sigqueue(of_other, SIGTERM, (union sigval){0}), EPERM);
  CHECK(kill(of_other, SIGCONT) == 0);
  CHECK(kill(of_friend, 0) == 0 && kill(of_friend, SIGTERM) == 0);
  CHECK(kill(getpid(), 0) == 0);
  CHECK_FAILS(setpriority(PRIO_PROCESS, (id_t)of_root, 5), EPERM);
  CHECK_FAILS(setpriority(PRIO_PROCESS, 0, -20), EACCES);
  CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0);
  struct rlimit limit;
  CHECK_FAILS(prlimit(of_root, RLIMIT_NOFILE, NULL, &limit), EPERM);
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max = 32;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_max = 33;
  CHECK_FAILS(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
}

static void whose_signal(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  printf("signal of user %u\n", info->si_uid);
}

static void sent_by_a_user(void) {
  const struct sigaction action = {.sa_sigaction = whose_signal, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(setresuid(1000, 1001, 1000) == 0);
  CHECK(kill(getpid(), SIGUSR1) == 0);
}

static void no_new_privileges(void) {
  CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
  CHECK_FAILS(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

int main(void) {
  CHECK(getuid() == 0 && getgid() == 0);
  CHECK(setgroups(0, NULL) == 0);
  CHECK(status_of(drop_for_good) == 0);
  CHECK(status_of(go_and_return) == 0);
  CHECK(status_of(groups) == 0);
  CHECK(status_of(file_ids) == 0);
  of_root = sleeper(0);
  of_friend = sleeper(1000);
  of_other = sleeper(1001);
  CHECK(status_of(signals) == 0);
  int status;
  CHECK(waitpid(of_friend, &status, 0) == of_friend && WTERMSIG(status) == SIGTERM);
  CHECK(waitpid(-1, &status, WNOHANG) == 0);
  CHECK(kill(of_root, SIGKILL) == 0 && kill(of_other, SIGKILL) == 0);
  CHECK(wait(NULL) > 0 && wait(NULL) > 0);
  CHECK(status_of(sent_by_a_user) == 0);
  CHECK(status_of(no_new_privileges) == 0);
  show("parent");
  return 0;
}
