// Ends a call that takes too long, from another thread.
//
//     timeout MODULE.wasm

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <lind/lind.h>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace embed = lind::embed;

namespace {

std::vector<char> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Interrupts a call unless it is over before `limit`.
class Deadline {
 public:
  Deadline(embed::Interrupter interrupter, std::chrono::milliseconds limit)
      : thread_([this, limit, interrupter = std::move(interrupter)] {
          std::unique_lock lock(mutex_);
          if (!over_.wait_for(lock, limit, [this] { return is_over_; })) interrupter.interrupt();
        }) {}
  ~Deadline() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    over_.notify_one();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const embed::Engine engine = embed::Engine::create().value();
  const std::vector<char> bytes = read_file(argv[1]);
  const embed::Module module = engine.compile(std::as_bytes(std::span(bytes))).value();
  const embed::Instance instance = embed::Instance::create(module).value();
  for (const char* name : {"quick", "endless", "quick"}) {
    const auto function = instance.function<std::int32_t()>(name).value();
    const Deadline deadline(instance.interrupter(), std::chrono::milliseconds(200));
    const embed::Result<std::int32_t> result = function();
    if (result.ok()) {
      std::printf("%s: %d\n", name, *result);
    } else {
      std::printf("%s: %s\n", name, result.error().message().c_str());
    }
  }
  return 0;
}
