// A refused exec leaves the caller as it was.
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  (void)argc;
  const char* self = (const char*)getauxval(AT_EXECFN);
  char* args[] = {"x", NULL};
  char* none[] = {NULL};
  CHECK_FAILS(execve("", args, none), ENOENT);
  CHECK_FAILS(execve("./absent", args, none), ENOENT);
  CHECK_FAILS(execve("/", args, none), EACCES);
  CHECK_FAILS(execve("./absent/deeper", args, none), ENOENT);
  int fd = open("plain", O_WRONLY | O_CREAT, 0644);
  CHECK(fd >= 0 && write(fd, "hello\n", 6) == 6 && close(fd) == 0);
  CHECK_FAILS(execve("./plain", args, none), EACCES);
  CHECK_FAILS(execve("./plain/x", args, none), ENOTDIR);
  CHECK(chmod("plain", 0755) == 0);
  CHECK_FAILS(execve("./plain", args, none), ENOEXEC);
  CHECK_FAILS(execve((const char*)16, args, none), EFAULT);
  CHECK_FAILS(execve(self, (char**)16, none), EFAULT);
  char* wild[] = {"x", (char*)16, NULL};
  CHECK_FAILS(execve(self, wild, none), EFAULT);
  CHECK_FAILS(execve(self, args, wild), EFAULT);

  char* longest = malloc(131072 + 1);
  memset(longest, 'a', 131072);
  longest[131072] = 0;
  char* too_long[] = {"x", longest, NULL};
  CHECK_FAILS(execve(self, too_long, none), E2BIG);
  longest[131071 - 1] = 0;
  char* many[64];
  for (int i = 0; i < 63; i++)
    many[i] = longest;
  many[63] = NULL;
  CHECK_FAILS(execve(self, many, none), E2BIG);
  char path[5000];
  memset(path, 'p', sizeof(path));
  path[4999] = 0;
  CHECK_FAILS(execve(path, args, none), ENAMETOOLONG);
  printf("still here, %s\n", argv[0] != NULL ? "with arguments" : "without");
  return 0;
}
