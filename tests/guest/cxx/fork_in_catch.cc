// A fork inside a catch: both sides go on with the exception they have, and can throw it again.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

int handle(const std::string& name) {
  try {
    try {
      throw std::runtime_error("shared");
    } catch (const std::runtime_error& error) {
      const pid_t child = fork();
      if (child == 0) {
        try {
          throw 7;
        } catch (int number) {
          if (number != 7) _exit(1);
        }
        throw;
      }
      int status = 0;
      waitpid(child, &status, 0);
      std::printf("%s %s: child %d\n", name.c_str(), error.what(), WEXITSTATUS(status));
      std::fflush(stdout);
      throw;
    }
  } catch (const std::exception& error) {
    return error.what() == std::string("shared") ? 3 : 4;
  }
}

}  // namespace

int main() {
  const pid_t self = getpid();
  for (int i = 0; i < 3; ++i) {
    const int result = handle("round " + std::to_string(i));
    if (getpid() != self) _exit(result);
    std::printf("parent %d\n", result);
    std::fflush(stdout);
  }
  return 0;
}
