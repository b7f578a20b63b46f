// An exception that meets a noexcept function.
// expect: signal SIGABRT
#include <cstdio>

namespace {

[[gnu::noinline]] void thrower() {
  throw 1;
}
[[gnu::noinline]] void wall() noexcept {
  thrower();
}

}  // namespace

int main() {
  try {
    wall();
  } catch (int) {
    std::puts("caught");
  }
}
