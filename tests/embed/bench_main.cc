// What an embedder waits for, for bench/run.py: prints one number a round.
//
//   embed_bench OBJECT instantiate|cycle|hostcall|call ROUNDS      nanoseconds of one
//   embed_bench OBJECT resident COUNT                              KiB of each of so many instances

#include <time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <lind/lind.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using lind::embed::Engine;
using lind::embed::Imports;
using lind::embed::Instance;
using lind::embed::InstancePool;
using lind::embed::Module;

double now_ns() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Of calls that only compute: what they take whatever else the machine does.
double cpu_ns() {
  timespec now{};
  if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) std::abort();
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::vector<char> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of this process, by name of the line.
double status_kib(std::string_view name) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) return std::strtod(line.c_str() + name.size(), nullptr);
  }
  return 0;
}

InstancePool make_pool(const Module& module, std::size_t prepared) {
  const Imports imports =
      Imports().function("env", "add", [](std::int32_t a, std::int32_t b) { return a + b; });
  return InstancePool::create(module, imports, {.max_instances = 20'000, .num_prepared = prepared})
      .value();
}

void print_rounds(int rounds, const std::function<double()>& round) {
  (void)round();
  for (int i = 0; i < rounds; ++i)
    std::printf("%.2f\n", round());
}

// Not one of them is used: from a warm pool, that which take() itself costs.
void instantiate(const Module& module, int rounds) {
  constexpr int kCount = 50;
  const InstancePool pool = make_pool(module, kCount);
  std::vector<Instance> instances;
  instances.reserve(kCount);
  print_rounds(rounds, [&] {
    const double start = now_ns();
    for (int i = 0; i < kCount; ++i)
      instances.push_back(pool.take().value());
    const double took = now_ns() - start;
    instances.clear();
    return took / kCount;
  });
}

// One after the other: take, a call that writes four pages, destroy.
void cycle(const Module& module, int rounds) {
  constexpr int kCount = 200;
  const InstancePool pool = make_pool(module, 1);
  print_rounds(rounds, [&] {
    const double start = now_ns();
    for (int i = 0; i < kCount; ++i) {
      Instance instance = pool.take().value();
      instance.function<void()>("touch").value()().value();
    }
    return (now_ns() - start) / kCount;
  });
}

void hostcall(const Module& module, int rounds) {
  constexpr std::int32_t kCount = 1'000'000;
  const InstancePool pool = make_pool(module, 1);
  Instance instance = pool.take().value();
  const auto run = instance.function<std::int32_t(std::int32_t)>("hostcalls").value();
  print_rounds(rounds, [&] {
    const double start = cpu_ns();
    (void)run(kCount).value();
    return (cpu_ns() - start) / kCount;
  });
}

void call(const Module& module, int rounds) {
  constexpr std::int32_t kCount = 20'000;
  const InstancePool pool = make_pool(module, 1);
  Instance instance = pool.take().value();
  const auto add = instance.function<std::int32_t(std::int32_t, std::int32_t)>("add").value();
  print_rounds(rounds, [&] {
    const double start = cpu_ns();
    std::int32_t sum = 0;
    for (std::int32_t i = 0; i < kCount; ++i)
      sum = add(sum, i).value();
    return (cpu_ns() - start) / kCount;
  });
}

// Alive and called once; page tables count too.
void resident(const Module& module, std::size_t count) {
  const InstancePool pool = make_pool(module, 1);
  const auto used = [] { return status_kib("VmRSS:") + status_kib("VmPTE:"); };
  std::vector<Instance> instances;
  instances.reserve(count);
  const double before = used();
  for (std::size_t i = 0; i < count; ++i) {
    instances.push_back(pool.take().value());
    (void)instances.back()
        .function<std::int32_t(std::int32_t, std::int32_t)>("add")
        .value()(1, 2)
        .value();
  }
  std::printf("%.2f\n", (used() - before) / static_cast<double>(count));
}

int run(const std::vector<std::string>& arguments) {
  const std::vector<char> bytes = read(arguments[0]);
  const Engine engine = Engine::create({.cache = Engine::Cache::kNone}).value();
  const Module module = engine.load(std::as_bytes(std::span(bytes))).value();
  const std::string& what = arguments[1];
  const int number = std::atoi(arguments[2].c_str());
  if (what == "instantiate") instantiate(module, number);
  if (what == "cycle") cycle(module, number);
  if (what == "hostcall") hostcall(module, number);
  if (what == "call") call(module, number);
  if (what == "resident") resident(module, static_cast<std::size_t>(number));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: embed_bench OBJECT WHAT NUMBER\n", stderr);
    return 2;
  }
  return run({argv + 1, argv + argc});
}
