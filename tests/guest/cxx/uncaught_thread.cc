// An exception that leaves a thread, and no handler of our own.
// expect: signal SIGABRT
#include <cstdio>
#include <thread>

int main() {
  std::puts("begin");
  std::fflush(stdout);
  std::thread([] { throw 5; }).join();
  std::puts("not reached");
}
