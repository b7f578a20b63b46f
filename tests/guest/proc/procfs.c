// /proc and /dev/fd: what ps, shells and scripts read of themselves and of each other.
// args: one two
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char buffer[65536];

static char *contents(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(1);
  }
  size_t used = 0;
  for (ssize_t count; (count = read(fd, buffer + used, sizeof(buffer) - 1 - used)) > 0;)
    used += (size_t)count;
  buffer[used] = 0;
  CHECK(close(fd) == 0);
  return buffer;
}

static int lists(const char *path, const char *name) {
  DIR *directory = opendir(path);
  CHECK(directory != NULL);
  int found = 0;
  for (int round = 0; round < 2; round++) {
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
      found += strcmp(entry->d_name, name) == 0;
    rewinddir(directory);
  }
  CHECK(closedir(directory) == 0);
  return found;
}

static void myself(void) {
  int pid, ppid, pgid;
  char state;
  CHECK(sscanf(contents("/proc/self/stat"), "%d (procfs) %c %d %d", &pid, &state, &ppid, &pgid) == 4);
  CHECK(pid == getpid() && state == 'R' && ppid == getppid() && pgid == getpgrp());
  CHECK(strstr(contents("/proc/self/status"), "\nState:\tR (running)\n") != NULL);
  CHECK(strcmp(contents("/proc/thread-self/comm"), "procfs\n") == 0);
  char *line = contents("/proc/self/cmdline");
  line += strlen(line) + 1;
  printf("arguments %s %s\n", line, line + strlen(line) + 1);
  CHECK(strstr(contents("/proc/self/maps"), "rw-p") != NULL);
  CHECK(strlen(contents("/proc/self/environ")) > 0);
  char number[16], target[256];
  snprintf(number, sizeof(number), "%d", getpid());
  ssize_t length = readlink("/proc/self", target, sizeof(target));
  CHECK(length == (ssize_t)strlen(number) && memcmp(target, number, (size_t)length) == 0);
  CHECK(readlink("/proc/self/exe", target, sizeof(target)) > 0);
  length = readlink("/proc/self/cwd", target, sizeof(target) - 1);
  char cwd[256];
  CHECK(length > 0 && getcwd(cwd, sizeof(cwd)) != NULL);
  target[length] = 0;
  CHECK(strcmp(cwd, target) == 0);
  printf("in /proc %d, in task %d, fd 2 %d\n", lists("/proc", number),
         lists("/proc/self/task", number), lists("/proc/self/fd", "2"));
}

static void child(void) {
  int ready[2];
  CHECK(pipe(ready) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    raise(SIGSTOP);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  int number, parent;
  char state;
  CHECK(sscanf(contents(path), "%d (procfs) %c %d", &number, &state, &parent) == 3);
  CHECK(number == pid && parent == getpid());
  printf("stopped child %c\n", state);
  CHECK(kill(pid, SIGKILL) == 0);
  siginfo_t info;
  CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
  CHECK(sscanf(contents(path), "%d (%*[^)]) %c", &number, &state) == 2);
  printf("dead child %c\n", state);
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK_FAILS(open(path, O_RDONLY), ENOENT);
}

static void machine(void) {
  long total;
  CHECK(sscanf(contents("/proc/meminfo"), "MemTotal: %ld kB", &total) == 1 && total > 0);
  CHECK(strstr(contents("/proc/cpuinfo"), "processor\t: 0") != NULL);
  double up, one, two, three;
  CHECK(sscanf(contents("/proc/uptime"), "%lf", &up) == 1 && up > 0);
  CHECK(sscanf(contents("/proc/loadavg"), "%lf %lf %lf", &one, &two, &three) == 3);
  CHECK(strlen(contents("/proc/mounts")) > 0);
}

static void descriptors(void) {
  int fd = open("file", O_RDWR | O_CREAT, 0600);
  CHECK(fd >= 0 && write(fd, "text", 4) == 4);
  char path[64];
  snprintf(path, sizeof(path), "/dev/fd/%d", fd);
  printf("again: %s\n", contents(path));
  int ends[2];
  CHECK(pipe(ends) == 0 && write(ends[1], "piped", 5) == 5 && close(ends[1]) == 0);
  snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
  printf("pipe: %s\n", contents(path));
  struct stat one, two;
  CHECK(stat(path, &one) == 0 && fstat(ends[0], &two) == 0);
  CHECK(one.st_ino == two.st_ino && S_ISFIFO(one.st_mode));
  CHECK(lstat(path, &one) == 0 && S_ISLNK(one.st_mode));
}

static void errors(void) {
  CHECK_FAILS(open("/proc/nothing", O_RDONLY), ENOENT);
  CHECK_FAILS(open("/proc/self/nothing", O_RDONLY), ENOENT);
  CHECK_FAILS(open("/proc/self/fd/99", O_RDONLY), ENOENT);
  CHECK_FAILS(open("/proc/meminfo", O_WRONLY), EACCES);
  CHECK_FAILS(open("/proc/meminfo/x", O_RDONLY), ENOTDIR);
  CHECK_FAILS(open("/proc/self/stat", O_RDONLY | O_DIRECTORY), ENOTDIR);
  CHECK_FAILS(open("/proc/self/fd", O_WRONLY), EISDIR);
  struct stat status;
  CHECK(stat("/proc/self/fd", &status) == 0 && S_ISDIR(status.st_mode));
  CHECK(stat("/proc/self/status", &status) == 0 && S_ISREG(status.st_mode));
  printf("mode %o\n", (unsigned)status.st_mode & 0777);
  CHECK(access("/proc/self/status", R_OK) == 0);
}

int main(void) {
  CHECK(prctl(PR_SET_NAME, "procfs") == 0);
  setvbuf(stdout, NULL, _IOLBF, 0);
  myself();
  child();
  machine();
  descriptors();
  errors();
  return 0;
}
