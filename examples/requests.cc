// Answers each of many requests in an instance of its own, from a pool, on two threads.
//
//     requests MODULE.wasm

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <lind/lind.h>
#include <span>
#include <thread>
#include <vector>

namespace embed = lind::embed;

namespace {

std::vector<char> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The state of one request, for host functions.
struct Request {
  std::int32_t number;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const embed::Engine engine = embed::Engine::create().value();
  const std::vector<char> bytes = read_file(argv[1]);
  const embed::Module module = engine.compile(std::as_bytes(std::span(bytes))).value();
  embed::Imports imports;
  imports.function("host", "number", [](embed::Caller& caller) {
    return static_cast<const Request*>(caller.user_data())->number;
  });
  const embed::InstancePool pool =
      embed::InstancePool::create(module, imports, {.limits = {.max_memory_bytes = 1 << 20}})
          .value();

  constexpr int kRequests = 1000;
  std::atomic<int> num_right = 0;
  const auto serve = [&](int first) {
    for (int i = first; i < kRequests; i += 2) {
      Request request{i};
      embed::Instance instance = pool.take().value();
      instance.set_user_data(&request);
      // Counts up a word of its memory: 0 before in every instance.
      const auto answer = instance.function<std::int32_t()>("answer").value();
      if (answer().value() == 2 * i + 1) ++num_right;
    }
  };
  std::thread other(serve, 1);
  serve(0);
  other.join();
  std::printf("%d of %d requests were answered right\n", num_right.load(), kRequests);
  return 0;
}
