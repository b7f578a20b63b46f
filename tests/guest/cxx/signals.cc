// A signal handler that throws out of a system call, and exceptions beside setjmp.
#include <signal.h>
#include <unistd.h>

#include <csetjmp>
#include <cstdio>
#include <stdexcept>

namespace {

jmp_buf buffer;

void handler(int number) {
  throw number;
}

[[gnu::noinline]] void jump_or_throw(int what) {
  if (what == 1) longjmp(buffer, 5);
  if (what == 2) throw std::runtime_error("over setjmp");
}

[[gnu::noinline]] int with_setjmp(int what) {
  const int came = setjmp(buffer);
  if (came != 0) return came;
  jump_or_throw(what);
  return 0;
}

}  // namespace

int main() {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_NODEFER;
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t none;
  sigset_t one;
  sigemptyset(&none);
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  for (int i = 0; i < 3; ++i) {
    sigprocmask(SIG_SETMASK, &one, nullptr);
    kill(getpid(), SIGUSR1);
    try {
      sigsuspend(&none);
      std::puts("not reached");
    } catch (int number) {
      std::printf("signal %d\n", number == SIGUSR1);
    }
  }
  for (int what = 0; what < 3; ++what) {
    try {
      std::printf("%d\n", with_setjmp(what));
    } catch (const std::exception& error) {
      std::printf("%s\n", error.what());
    }
  }
}
