#include "codegen/compile.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/TargetParser/Host.h>

#include "base/mutex.h"
#include "base/units.h"
#include "codegen/chunk_internal.h"
#include "codegen/image_internal.h"
#include "codegen/object_writer_internal.h"
#include "codegen/plan_internal.h"
#include "codegen/target_internal.h"
#include "verify/verify.h"
#include "vmabi/thread_block.h"

namespace lind::codegen {
namespace {

/// Function bodies in one LLVM module.  Small enough to keep both cores busy and memory low,
/// large enough that LLVM's costs per module do not matter.
constexpr std::size_t kChunkBytes = 64 * kKiB;
constexpr std::uint64_t kLightTierLimit = 4 * kMiB;

/// Functions [first, last) of the module, compiled together.
struct Part {
  std::uint32_t first;
  std::uint32_t last;
  Care care = Care::kUsual;
  std::optional<ErrorOr<TargetOutput>> output;
};

/// A function of the module alone, so that the object does not depend on the machine.
std::vector<Part> split(const wasm::Module& module) {
  std::vector<Part> parts;
  std::uint32_t first = 0;
  std::size_t num_bytes = 0;
  const auto end_part = [&](std::uint32_t last) {
    parts.push_back({.first = first, .last = last, .output = {}});
    first = last;
    num_bytes = 0;
  };
  for (std::uint32_t i = 0; i < module.functions.size(); ++i) {
    num_bytes += module.functions[i].body.size();
    if (num_bytes >= kChunkBytes) end_part(i + 1);
  }
  const auto num_functions = static_cast<std::uint32_t>(module.functions.size());
  if (first < num_functions) end_part(num_functions);
  return parts;
}

/// Compiles the parts of a module; threads take the next one that nobody has.
class Crew {
 public:
  Crew(const wasm::Module& module, const Plan& plan, const CompileOptions& options, std::string cpu)
      : module_(module),
        plan_(plan),
        options_(options),
        cpu_(std::move(cpu)),
        parts_(split(module)) {}

  /// Compiles the parts that have no output yet.
  ErrorOr<void> run() {
    const auto num_open =
        std::ranges::count_if(parts_, [](const Part& part) { return !part.output.has_value(); });
    const std::size_t num_threads = std::min<std::size_t>(std::max(options_.num_threads, 1U),
                                                          static_cast<std::size_t>(num_open));
    next_ = 0;
    {
      const MutexLock lock(mu_);
      num_done_ = 0;
    }
    num_open_ = static_cast<std::size_t>(num_open);
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < num_threads; ++i)
      helpers.emplace_back([this] { work(); });
    work();
    helpers.clear();
    for (const Part& part : parts_) {
      if (!part.output->ok()) return Error(part.output->error());
    }
    return {};
  }

  /// Functions (sorted) that are to be compiled again, each alone and with extra care.
  /// False if one of them has been.
  bool reopen(std::span<const std::uint32_t> functions) {
    std::vector<Part> parts;
    auto next = functions.begin();
    for (Part& part : parts_) {
      const bool is_hit = next != functions.end() && *next < part.last;
      if (!is_hit) {
        parts.push_back(std::move(part));
        continue;
      }
      if (part.care == Care::kExtra) return false;
      std::uint32_t first = part.first;
      const auto add = [&](std::uint32_t last, Care care) {
        if (first < last)
          parts.push_back({.first = first, .last = last, .care = care, .output = {}});
        first = last;
      };
      for (; next != functions.end() && *next < part.last; ++next) {
        add(*next, Care::kUsual);
        add(*next + 1, Care::kExtra);
      }
      add(part.last, Care::kUsual);
    }
    parts_ = std::move(parts);
    return true;
  }

  std::span<const Part> parts() const { return parts_; }

 private:
  ErrorOr<TargetOutput> compile_part(const Part& part, Target& target) const {
    Chunk chunk(module_, plan_, target, part.care);
    LIND_TRY(chunk.emit(part.first, part.last));
    return target.compile(chunk.ir(), options_.output);
  }

  /// Care costs more than optimising does, and code in registers is easier to prove.
  Tier tier_for(Care care) const {
    return care == Care::kExtra ? std::max(options_.tier, Tier::kQuick) : options_.tier;
  }

  void report_part() {
    if (options_.progress.report == nullptr) return;
    const MutexLock lock(mu_);
    options_.progress.report(options_.progress.context, ++num_done_, num_open_);
  }

  void work() {
    std::array<std::unique_ptr<Target>, 2> targets;  // by care
    for (std::size_t i = next_++; i < parts_.size(); i = next_++) {
      Part& part = parts_[i];
      if (part.output.has_value()) continue;
      std::unique_ptr<Target>& target = targets[static_cast<std::size_t>(part.care)];
      if (target == nullptr) {
        ErrorOr<std::unique_ptr<Target>> created = Target::create(cpu_, tier_for(part.care));
        if (!created.ok()) {
          part.output.emplace(Error(created.error()));
          continue;
        }
        target = std::move(created).value();
      }
      part.output.emplace(compile_part(part, *target));
      report_part();
    }
  }

  const wasm::Module& module_;
  const Plan& plan_;
  const CompileOptions& options_;
  std::string cpu_;
  std::vector<Part> parts_;
  std::atomic<std::size_t> next_{0};
  Mutex mu_;  ///< one report at a time
  std::size_t num_done_ LIND_GUARDED_BY(mu_) = 0;
  std::size_t num_open_ = 0;
};

/// What the verifier refused, and why.
struct Refused {
  std::vector<std::uint32_t> functions;  ///< ascending
  std::string first_reason;
};

/// What the verifier, which the runtime will ask, says of the image.
/// Errors: a refusal that compiling a function with more care cannot mend.
ErrorOr<Refused> find_refused_functions(const Image& image, const Plan& plan) {
  const std::vector<vmabi::FunctionRecord> functions = make_function_records(image);
  const std::vector<vmabi::TableRecord> tables = make_table_records(plan);
  const std::vector<verify::Refusal> refusals = LIND_TRY(verify::find_refusals({
      .text = image.text,
      .rodata = image.rodata,
      .rodata_offset = image.rodata_offset,
      .thread_block = vmabi::kNominalOffset,
      .is_lind_program = !plan.is_exact(),
      .memory_span = plan.memory_span,
      .num_global_words = plan.num_global_words,
      .functions = functions,
      .tables = tables,
      .call_sites = image.call_sites,
      .traps = image.traps,
      .fs_sites = image.fs_sites,
  }));
  Refused refused;
  if (!refusals.empty()) refused.first_reason = verify::to_string(refusals.front());
  for (const verify::Refusal& refusal : refusals) {
    const auto found =
        std::ranges::find(functions, refusal.function_offset, &vmabi::FunctionRecord::code_offset);
    if (found == functions.end()) return Error(verify::to_string(refusal)).in("internal error");
    refused.functions.push_back(static_cast<std::uint32_t>(found - functions.begin()));
  }
  std::ranges::sort(refused.functions);
  return refused;
}

/// An image that the verifier accepts.
ErrorOr<Image> compile_verified(Crew& crew, const wasm::Module& module, const Plan& plan) {
  while (true) {
    LIND_TRY(crew.run());
    std::vector<const TargetOutput*> outputs;
    for (const Part& part : crew.parts())
      outputs.push_back(&part.output->value());
    Image image = LIND_TRY(link_image(outputs, module.functions.size(), plan.first_functions));
    const Refused refused = LIND_TRY(find_refused_functions(image, plan));
    if (refused.functions.empty()) return image;
    if (!crew.reopen(refused.functions)) {
      return Error(fmt::format("internal error: the verifier refuses function {}: {}",
                               refused.functions.front(), refused.first_reason));
    }
  }
}

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
  return "lindc 7, LLVM " LLVM_VERSION_STRING;
}

ErrorOr<std::vector<std::byte>> compile_module(const wasm::Module& module,
                                               const CompileOptions& options) {
  const std::string cpu = LIND_TRY(resolve_cpu(options.cpu));
  const Plan plan = LIND_TRY(make_plan(module, options.mode));
  Crew crew(module, plan, options, cpu);
  if (options.output == Output::kObject) {
    const Image image = LIND_TRY(compile_verified(crew, module, plan));
    return write_object(module, plan, image, cpu, options.key);
  }
  LIND_TRY(crew.run());
  std::vector<std::byte> text;
  for (const Part& part : crew.parts()) {
    const auto bytes = std::as_bytes(std::span(part.output->value().text));
    text.insert(text.end(), bytes.begin(), bytes.end());
  }
  return text;
}

}  // namespace lind::codegen
