// Exceptions in threads, and exception_ptr from one to another.
#include <cstdio>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

int work(int seed) {
  int caught = 0;
  for (int i = 0; i < 2000; ++i) {
    try {
      if ((i + seed) % 2 == 0) throw std::runtime_error(std::to_string(i));
      throw i;
    } catch (const std::exception& error) {
      caught += error.what()[0] - '0';
    } catch (int number) {
      caught += number % 3;
    }
  }
  return caught;
}

struct Context : std::runtime_error, std::nested_exception {
  explicit Context(const char* text) : std::runtime_error(text) {}
};

void describe(const std::exception& error, int level) {
  std::printf("%d: %s\n", level, error.what());
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& inner) {
    describe(inner, level + 1);
  }
}

}  // namespace

int main() {
  std::vector<int> results(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&results, i] { results[static_cast<unsigned>(i)] = work(i); });
  for (std::thread& thread : threads)
    thread.join();
  for (const int result : results)
    std::printf("%d\n", result);

  std::exception_ptr kept;
  std::thread([&kept] {
    try {
      throw std::invalid_argument("from a thread");
    } catch (...) {
      kept = std::current_exception();
    }
  }).join();
  for (int i = 0; i < 2; ++i) {
    try {
      std::rethrow_exception(kept);
    } catch (const std::invalid_argument& error) {
      std::printf("%s\n", error.what());
    }
  }
  std::future<int> future =
      std::async(std::launch::async, []() -> int { throw std::domain_error("future"); });
  try {
    (void)future.get();
  } catch (const std::domain_error& error) {
    std::printf("%s\n", error.what());
  }
  try {
    try {
      try {
        throw std::logic_error("cause");
      } catch (...) {
        throw Context("middle");
      }
    } catch (...) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  } catch (const std::exception& error) {
    describe(error, 0);
  }
  return 0;
}
