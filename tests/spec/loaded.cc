#include "loaded.h"

#include <utility>

#include <fmt/core.h>

#include "base/error.h"
#include "codegen/compile.h"
#include "link.h"
#include "runtime/address_space.h"
#include "runtime/program.h"
#include "vmabi/object_format.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

namespace lind::spec {
namespace {

// The value of `result`, or its error as one of `stage`.
template <typename T>
Result<T, LoadError> at(Stage stage, ErrorOr<T> result) {
  if (!result.ok()) return LoadError{.stage = stage, .message = result.error().message()};
  return std::move(result).value();
}

Words constant(const vmabi::ConstExpr& init) {
  switch (static_cast<vmabi::ConstKind>(init.kind)) {
    case vmabi::ConstKind::kValue:
      return {.low = init.low, .high = init.high};
    case vmabi::ConstKind::kFunction:
      return {.low = std::uint64_t{init.index} + 1};
    case vmabi::ConstKind::kGlobal:
    case vmabi::ConstKind::kNull:
    case vmabi::ConstKind::kSteps:
      return {};
  }
  return {};
}

ErrorOr<std::shared_ptr<const runtime::Program>> compile(const wasm::Module& module) {
  codegen::CompileOptions options;
  options.mode = codegen::Mode::kExact;
  options.tier = codegen::Tier::kLight;
  options.num_threads = 1;
  const std::vector<std::byte> object = LIND_TRY(codegen::compile_module(module, options));
  return runtime::Program::load(object);
}

runtime::ImportValues import_values(const Loaded& loaded) {
  runtime::ImportValues values;
  for (std::size_t i = 0; i < loaded.imports.size(); ++i) {
    const Target& target = loaded.imports[i];
    const wasm::ExternKind kind = loaded.module.imports[i].kind;
    if (kind == wasm::ExternKind::kGlobal) {
      const Words words = target.owner->global(target.index);
      values.globals.emplace_back(words.low, words.high);
    } else if (kind == wasm::ExternKind::kMemory && loaded.module.tables.empty()) {
      values.memory = target.owner->instance->shared_memory();
    }
  }
  return values;
}

Result<std::unique_ptr<runtime::Thread>, LoadError> make_thread(
    runtime::Supervisor& supervisor, const std::shared_ptr<runtime::Instance>& instance) {
  auto thread = runtime::Thread::create(supervisor, instance);
  if (thread.ok()) return std::move(thread).value();
  return LoadError{.stage = Stage::kCompile, .message = "no memory for a thread"};
}

}  // namespace

const wasm::Export* Loaded::find_export(std::string_view name, wasm::ExternKind kind) const {
  for (const wasm::Export& entry : module.exports) {
    if (entry.name == name && entry.kind == kind) return &entry;
  }
  return nullptr;
}

Words Loaded::global(std::uint32_t index) const {
  const vmabi::GlobalRecord& record = instance->program().object().globals()[index];
  if (record.first_word == vmabi::kNoIndex) return constant(record.init);
  Words words{.low = thread->global_word(record.first_word)};
  if (num_words(module.globals[index].type.value) == 2) {
    words.high = thread->global_word(record.first_word + 1);
  }
  return words;
}

const Target& Loaded::function_target(std::uint32_t index) const {
  std::size_t position = 0;
  while (module.imports[position].kind != wasm::ExternKind::kFunction ||
         module.imports[position].index != index) {
    ++position;
  }
  return imports[position];
}

Result<std::shared_ptr<Loaded>, LoadError> load(std::vector<std::byte> bytes,
                                                const wasm::Features& features,
                                                const Registry& registry,
                                                runtime::Supervisor& supervisor) {
  auto loaded = std::make_shared<Loaded>();
  loaded->bytes = std::move(bytes);
  loaded->module = LIND_TRY(at(Stage::kDecode, wasm::decode_module(loaded->bytes, features)));
  const ErrorOr<void> verdict = wasm::validate(loaded->module);
  if (!verdict.ok()) return LoadError{Stage::kDecode, verdict.error().message()};

  loaded->imports = LIND_TRY(at(Stage::kLink, link(loaded->module, registry)));
  adopt_types(loaded->module, loaded->imports);
  const auto program = LIND_TRY(at(Stage::kCompile, compile(loaded->module)));
  loaded->instance =
      LIND_TRY(at(Stage::kInstantiate, runtime::Instance::create(program, import_values(*loaded))));
  loaded->thread = LIND_TRY(make_thread(supervisor, loaded->instance));
  return loaded;
}

}  // namespace lind::spec
