#include "imports.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace lind {
namespace {

using nlohmann::json;

bool is_bindings(const json& bindings) {
  if (!bindings.is_object()) return false;
  for (const json& names : bindings) {
    if (!names.is_object()) return false;
    for (const json& symbol : names) {
      if (!symbol.is_string()) return false;
    }
  }
  return true;
}

ErrorOr<json> read_bindings(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(fmt::format("--bindings {}: cannot be read", path));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  json bindings = json::parse(text, nullptr, false);
  if (is_bindings(bindings)) return bindings;
  return Error(
      fmt::format("--bindings {}: expected {{\"MODULE\": {{\"NAME\": \"symbol\"}}}}", path));
}

bool has_import(const json& bindings, const wasm::Import& import) {
  const auto module = bindings.find(std::string(import.module));
  return module != bindings.end() && module->contains(std::string(import.name));
}

bool exports(const wasm::Module& module, wasm::ExternKind kind, std::string_view name) {
  return std::ranges::any_of(module.exports, [&](const wasm::Export& one) {
    if (one.kind != kind || one.name != name) return false;
    if (kind != wasm::ExternKind::kFunction) return true;
    const wasm::FuncType& type = module.types[module.functions[one.index].type];
    return type.params.empty() && type.results.empty();
  });
}

}  // namespace

ErrorOr<void> check_bindings(const wasm::Module& module, const std::vector<std::string>& files) {
  if (files.empty()) return {};
  std::vector<json> all;
  for (const std::string& file : files)
    all.push_back(LIND_TRY(read_bindings(file)));
  for (const wasm::Import& import : module.imports) {
    if (import.kind != wasm::ExternKind::kFunction) continue;
    const bool is_bound = std::ranges::any_of(
        all, [&import](const json& bindings) { return has_import(bindings, import); });
    if (!is_bound) {
      return Error(fmt::format("import {}.{} is not in the bindings", import.module, import.name));
    }
  }
  return {};
}

ErrorOr<void> check_wasi_command(const wasm::Module& module) {
  constexpr std::array<std::string_view, 3> kWasi = {"wasi_snapshot_preview1", "wasi_unstable",
                                                     "wasi"};
  for (const wasm::Import& import : module.imports) {
    if (import.kind != wasm::ExternKind::kFunction) continue;
    if (std::ranges::find(kWasi, import.module) == kWasi.end()) {
      return Error(fmt::format("not a WASI command: import {}.{}", import.module, import.name));
    }
  }
  if (!exports(module, wasm::ExternKind::kFunction, "_start")) {
    return Error("not a WASI command: no export _start of type () -> ()");
  }
  if (!exports(module, wasm::ExternKind::kMemory, "memory") &&
      std::ranges::none_of(module.imports, [](const wasm::Import& import) {
        return import.kind == wasm::ExternKind::kMemory;
      })) {
    return Error("not a WASI command: no export memory");
  }
  return {};
}

}  // namespace lind
