#include "loaded.h"

#include <utility>

#include <fmt/core.h>

#include "base/error.h"
#include "codegen/compile.h"
#include "link.h"
#include "runtime/program.h"
#include "script_host.h"
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

ErrorOr<std::shared_ptr<const runtime::Program>> compile(const wasm::Module& module) {
  codegen::CompileOptions options;
  options.mode = codegen::Mode::kExact;
  options.tier = codegen::Tier::kLight;
  options.num_threads = 1;
  const std::vector<std::byte> object = LIND_TRY(codegen::compile_module(module, options));
  return runtime::Program::load(object);
}

runtime::ImportedGlobal imported_global(const Target& target, ScriptHost& host) {
  runtime::ImportedGlobal global;
  global.cell = target.owner->instance->global_cell(target.index);
  const Words words = host.global(*target.owner, target.index);
  const wasm::GlobalType& type = target.owner->module.globals[target.index].type;
  global.low = type.value == wasm::ValueType::kFuncRef
                   ? target.owner->instance->reference_for_all(words.low)
                   : words.low;
  global.high = words.high;
  return global;
}

runtime::ImportValues import_values(const Loaded& loaded, ScriptHost& host) {
  runtime::ImportValues values;
  values.store = &host.store();
  for (std::size_t i = 0; i < loaded.imports.size(); ++i) {
    const Target& target = loaded.imports[i];
    const runtime::Instance& owner = *target.owner->instance;
    switch (loaded.module.imports[i].kind) {
      case wasm::ExternKind::kGlobal:
        values.globals.push_back(imported_global(target, host));
        break;
      case wasm::ExternKind::kTable:
        values.tables.push_back(owner.table(target.index));
        break;
      case wasm::ExternKind::kMemory:
        values.memories.push_back(owner.wasm_memory(target.index));
        break;
      case wasm::ExternKind::kTag:
        values.tags.push_back(owner.tag(target.index));
        break;
      case wasm::ExternKind::kFunction:
        break;
    }
  }
  return values;
}

}  // namespace

const wasm::Export* Loaded::find_export(std::string_view name, wasm::ExternKind kind) const {
  for (const wasm::Export& entry : module.exports) {
    if (entry.name == name && entry.kind == kind) return &entry;
  }
  return nullptr;
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
                                                const Registry& registry, ScriptHost& host) {
  auto loaded = std::make_shared<Loaded>();
  loaded->bytes = std::move(bytes);
  loaded->module = LIND_TRY(at(Stage::kDecode, wasm::decode_module(loaded->bytes, features)));
  const ErrorOr<void> verdict = wasm::validate(loaded->module);
  if (!verdict.ok()) return LoadError{Stage::kDecode, verdict.error().message()};

  loaded->imports = LIND_TRY(at(Stage::kLink, link(loaded->module, registry)));
  loaded->program = LIND_TRY(at(Stage::kCompile, compile(loaded->module)));
  host.add(loaded);
  loaded->instance =
      LIND_TRY(at(Stage::kInstantiate,
                  runtime::Instance::create(loaded->program, import_values(*loaded, host))));
  return loaded;
}

}  // namespace lind::spec
