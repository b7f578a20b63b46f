// `#!` lines: which interpreter, which arguments, how deep.
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void write_script(const char* name, const char* text) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  CHECK(close(fd) == 0);
}

static void run(const char* name) {
  fflush(stdout);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    char* args[] = {"replaced", "A", "B", NULL};
    char* env[] = {"SHOW=1", NULL};
    execve(name, args, env);
    printf("%s: %s\n", name, strerror(errno));
    fflush(stdout);
    _exit(1);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
}

int main(int argc, char** argv) {
  if (getenv("SHOW")) {
    for (int i = 1; i < argc; i++)
      printf("[%s]", argv[i]);
    printf("\n");
    return 0;
  }
  const char* self = (const char*)getauxval(AT_EXECFN);
  char text[1024];
  const char* lines[] = {"#!%s\n", "#! \t%s\nrest\n", "#!%s -e\n", "#!%s \t-e  -x \n",
                         "#!%s",   "#!%s arg",        "#!%s "};
  for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
    snprintf(text, sizeof(text), lines[i], self);
    write_script("script", text);
    run("./script");
  }
  const char* bad[] = {"", "#!\n", "#!  \n", "#!/nowhere\n", "hello\n", " #!/bin/sh\n", "#!.\n"};
  for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    write_script("script", bad[i]);
    run("./script");
  }
  char name[16], previous[256];
  snprintf(previous, sizeof(previous), "%s", self);
  for (int depth = 1; depth <= 6; depth++) {
    snprintf(text, sizeof(text), "#!%s\n", previous);
    snprintf(name, sizeof(name), "./deep%d", depth);
    write_script(name, text);
    printf("%d: ", depth);
    run(name);
    snprintf(previous, sizeof(previous), "%s", name);
  }
  return 0;
}
