#include "codegen/compile.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/TargetParser/Host.h>

#include "base/units.h"
#include "codegen/chunk_internal.h"
#include "codegen/image_internal.h"
#include "codegen/object_writer_internal.h"
#include "codegen/plan_internal.h"
#include "codegen/target_internal.h"

namespace lind::codegen {
namespace {

/// Function bodies in one LLVM module.  Small enough to keep both cores busy and memory low,
/// large enough that LLVM's costs per module do not matter.
constexpr std::size_t kChunkBytes = 64 * kKiB;
constexpr std::uint64_t kLightTierLimit = 4 * kMiB;

struct FunctionRange {
  std::uint32_t first;
  std::uint32_t last;
};

/// A function of the module alone, so that the object does not depend on the machine.
std::vector<FunctionRange> split(const wasm::Module& module) {
  std::vector<FunctionRange> ranges;
  std::uint32_t first = 0;
  std::size_t num_bytes = 0;
  for (std::uint32_t i = 0; i < module.functions.size(); ++i) {
    num_bytes += module.functions[i].body.size();
    if (num_bytes < kChunkBytes) continue;
    ranges.push_back({first, i + 1});
    first = i + 1;
    num_bytes = 0;
  }
  if (first < module.functions.size()) {
    ranges.push_back({first, static_cast<std::uint32_t>(module.functions.size())});
  }
  return ranges;
}

ErrorOr<TargetOutput> compile_chunk(const wasm::Module& module, const Plan& plan, Target& target,
                                    FunctionRange range, Output output) {
  Chunk chunk(module, plan, target);
  LIND_TRY(chunk.emit(range.first, range.last));
  return target.compile(chunk.ir(), output);
}

/// Compiles all chunks; threads take the next one that nobody has.
class Crew {
 public:
  Crew(const wasm::Module& module, const Plan& plan, const CompileOptions& options, std::string cpu)
      : module_(module),
        plan_(plan),
        options_(options),
        cpu_(std::move(cpu)),
        ranges_(split(module)),
        results_(ranges_.size()) {}

  ErrorOr<std::vector<TargetOutput>> run() {
    const std::size_t num_threads =
        std::min<std::size_t>(std::max(options_.num_threads, 1U), ranges_.size());
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < num_threads; ++i)
      helpers.emplace_back([this] { work(); });
    work();
    helpers.clear();
    std::vector<TargetOutput> outputs;
    for (std::optional<ErrorOr<TargetOutput>>& result : results_) {
      if (!result->ok()) return Error(result->error());
      outputs.push_back(std::move(*result).value());
    }
    return outputs;
  }

 private:
  void work() {
    std::unique_ptr<Target> target;
    for (std::size_t i = next_++; i < ranges_.size(); i = next_++) {
      if (target == nullptr) {
        ErrorOr<std::unique_ptr<Target>> created = Target::create(cpu_, options_.tier);
        if (!created.ok()) {
          results_[i].emplace(Error(created.error()));
          continue;
        }
        target = std::move(created).value();
      }
      results_[i].emplace(compile_chunk(module_, plan_, *target, ranges_[i], options_.output));
    }
  }

  const wasm::Module& module_;
  const Plan& plan_;
  const CompileOptions& options_;
  std::string cpu_;
  std::vector<FunctionRange> ranges_;
  std::atomic<std::size_t> next_{0};
  std::vector<std::optional<ErrorOr<TargetOutput>>> results_;  ///< each written by one thread
};

}  // namespace

ErrorOr<std::string> resolve_cpu(std::string_view cpu) {
  if (cpu == "x86-64-v2" || cpu == "x86-64-v3") return std::string(cpu);
  if (cpu != "host") {
    return Error(fmt::format("unknown cpu {}, known are x86-64-v2, x86-64-v3 and host", cpu));
  }
  const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  constexpr std::string_view kLevel3[] = {"avx",  "avx2", "bmi",   "bmi2",  // NOLINT: constexpr
                                          "f16c", "fma",  "lzcnt", "movbe"};
  const bool has_level3 = std::ranges::all_of(kLevel3, [&](std::string_view name) {
    return features.lookup(llvm::StringRef(name.data(), name.size()));
  });
  return std::string(has_level3 ? "x86-64-v3" : "x86-64-v2");
}

Tier default_tier(const wasm::Module& module) {
  std::uint64_t num_bytes = 0;
  for (const wasm::Function& function : module.functions)
    num_bytes += function.body.size();
  return num_bytes < kLightTierLimit ? Tier::kLight : Tier::kQuick;
}

std::string_view compiler_identity() {
  // The number goes up with every change of this room that changes code.
  return "lindc 2, LLVM " LLVM_VERSION_STRING;
}

ErrorOr<std::vector<std::byte>> compile_module(const wasm::Module& module,
                                               const CompileOptions& options) {
  std::string cpu = LIND_TRY(resolve_cpu(options.cpu));
  const Plan plan = LIND_TRY(make_plan(module, options.mode));
  const std::vector<TargetOutput> outputs =
      LIND_TRY(Crew(module, plan, options, std::move(cpu)).run());
  if (options.output == Output::kObject) {
    const Image image = LIND_TRY(link_image(outputs, module.functions.size()));
    return write_object(module, plan, image, options.key);
  }
  std::vector<std::byte> text;
  for (const TargetOutput& output : outputs) {
    const auto bytes = std::as_bytes(std::span(output.text));
    text.insert(text.end(), bytes.begin(), bytes.end());
  }
  return text;
}

}  // namespace lind::codegen
