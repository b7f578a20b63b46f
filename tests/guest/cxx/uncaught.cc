// Nobody catches: terminate with the exception at hand, then SIGABRT.
// expect: signal SIGABRT
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

[[gnu::noinline]] void thrower(const std::string& text) {
  throw std::runtime_error(text);
}

}  // namespace

int main() {
  std::set_terminate([] {
    try {
      std::rethrow_exception(std::current_exception());
    } catch (const std::exception& error) {
      std::printf("terminate: %s\n", error.what());
    }
    std::fflush(stdout);
    std::abort();
  });
  thrower("nobody");
}
