// Generated modules, run here and in wabt's interpreter: both must say the same.
//
//     differential [--seed FIRST] [--count N] [--seconds S] [--keep FOLDER]

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "execute.h"
#include "generate.h"
#include "runtime/thread.h"

namespace lind::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;

struct Settings {
  std::uint64_t first_seed = 1;
  std::uint64_t count = 300;
  std::uint64_t seconds = 0;  ///< 0: no limit
  fs::path folder = fs::temp_directory_path();
};

ErrorOr<Settings> parse(std::span<char*> arguments) {
  Settings settings;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    const std::string value = arguments[i + 1];
    const auto number = [&value] { return std::strtoull(value.c_str(), nullptr, 10); };
    if (name == "--seed") {
      settings.first_seed = number();
    } else if (name == "--count") {
      settings.count = number();
    } else if (name == "--seconds") {
      settings.seconds = number();
    } else if (name == "--keep") {
      settings.folder = value;
    } else {
      return Error(fmt::format("unknown option {}", name));
    }
  }
  if (arguments.size() % 2 != 0) return Error("an option without a value");
  return settings;
}

codegen::CompileOptions options_of(std::uint64_t seed) {
  codegen::CompileOptions options;
  options.mode = codegen::Mode::kExact;
  options.num_threads = 1;
  constexpr codegen::Tier kTiers[] = {codegen::Tier::kInstant, codegen::Tier::kQuick,
                                      codegen::Tier::kLight, codegen::Tier::kFull};
  options.tier = kTiers[seed % std::size(kTiers)];
  if (seed % 2 == 0) options.cpu = "host";
  return options;
}

/// Whether both agree; says how they differ.
bool compare(std::uint64_t seed, const fs::path& path) {
  const std::vector<std::byte> module = generate_module(seed);
  {
    std::ofstream file(path, std::ios::binary);
    for (const std::byte each : module)
      file.put(static_cast<char>(each));
  }
  const ErrorOr<Lines> ours = run_here(module, options_of(seed));
  const ErrorOr<Lines> theirs = run_in_wabt(path);
  if (!ours.ok() || !theirs.ok()) {
    fmt::print("seed {}: {}\n", seed,
               ours.ok() ? theirs.error().message() : ours.error().message());
    return false;
  }
  const Lines& a = ours.value();
  const Lines& b = theirs.value();
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string here = i < a.size() ? a[i] : "(nothing)";
    const std::string there = i < b.size() ? b[i] : "(nothing)";
    if (agree(here, there)) continue;
    fmt::print("seed {}:\n  here: {}\n  wabt: {}\n", seed, here, there);
    return false;
  }
  return true;
}

int run(const Settings& settings) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(settings.seconds);
  std::uint64_t num_modules = 0;
  std::uint64_t num_different = 0;
  for (std::uint64_t seed = settings.first_seed; num_modules < settings.count; ++seed) {
    if (settings.seconds != 0 && std::chrono::steady_clock::now() >= end) break;
    // It stays where it is when the process crashes, and when the results differ.
    const fs::path path = settings.folder / fmt::format("differential.{}.{}.wasm", getpid(), seed);
    ++num_modules;
    if (compare(seed, path)) {
      fs::remove(path);
    } else {
      ++num_different;
      fmt::print("  module: {}\n", path.string());
    }
  }
  fmt::print("{} modules, {} differ\n", num_modules, num_different);
  return num_different == 0 && num_modules != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace lind::fuzz

int main(int argc, char** argv) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): one thread, a fixed command
  if (std::system("wasm-interp --version > /dev/null 2>&1") != 0) {
    fmt::print("skipped: there is no wasm-interp (Debian's package wabt)\n");
    return lind::fuzz::kSkipped;
  }
  const auto settings =
      lind::fuzz::parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!settings.ok()) {
    fmt::print("differential: {}\n", settings.error().message());
    return EXIT_FAILURE;
  }
  const auto initialized = lind::runtime::initialize_runtime();
  if (!initialized.ok()) {
    fmt::print("differential: {}\n", initialized.error().message());
    return EXIT_FAILURE;
  }
  return lind::fuzz::run(settings.value());
}
