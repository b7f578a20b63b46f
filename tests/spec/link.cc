#include "link.h"

#include <fmt/core.h>

#include "runtime/address_space.h"

namespace lind::spec {
namespace {

using wasm::ExternKind;

// The limits of a memory with the size it has now.
wasm::Limits memory_limits(const Target& target) {
  wasm::Limits limits = target.owner->module.memories[target.index].type.limits;
  limits.min = target.owner->instance->memory().pages();
  return limits;
}

bool fits(const wasm::Limits& actual, const wasm::Limits& wanted) {
  if (actual.min < wanted.min) return false;
  return !wanted.max || (actual.max && *actual.max <= *wanted.max);
}

bool is_compatible(const wasm::Module& module, const wasm::Import& import, const Target& target) {
  const wasm::Module& exporter = target.owner->module;
  switch (import.kind) {
    case ExternKind::kFunction:
      return module.type_of(import.index) == exporter.type_of(target.index);
    case ExternKind::kTable: {
      const wasm::TableType& wanted = module.tables[import.index].type;
      const wasm::TableType& actual = exporter.tables[target.index].type;
      return actual.element == wanted.element && fits(actual.limits, wanted.limits);
    }
    case ExternKind::kMemory: {
      const wasm::MemoryType& wanted = module.memories[import.index].type;
      return exporter.memories[target.index].type.is_shared == wanted.is_shared &&
             fits(memory_limits(target), wanted.limits);
    }
    case ExternKind::kGlobal: {
      const wasm::GlobalType& wanted = module.globals[import.index].type;
      const wasm::GlobalType& actual = exporter.globals[target.index].type;
      return actual.value == wanted.value && actual.is_mutable == wanted.is_mutable;
    }
  }
  return false;
}

bool exports_name(const wasm::Module& module, std::string_view name) {
  for (const wasm::Export& entry : module.exports) {
    if (entry.name == name) return true;
  }
  return false;
}

}  // namespace

ErrorOr<std::vector<Target>> link(const wasm::Module& module, const Registry& registry) {
  std::vector<Target> targets;
  for (const wasm::Import& import : module.imports) {
    const auto owner = registry.find(import.module);
    if (owner == registry.end() || !exports_name(owner->second->module, import.name)) {
      return Error(fmt::format("unknown import {}.{}", import.module, import.name));
    }
    const wasm::Export* found = owner->second->find_export(import.name, import.kind);
    const Target target{.owner = owner->second, .index = found == nullptr ? 0 : found->index};
    if (found == nullptr || !is_compatible(module, import, target)) {
      return Error(fmt::format("incompatible import type of {}.{}", import.module, import.name));
    }
    targets.push_back(target);
  }
  return targets;
}

void adopt_types(wasm::Module& module, const std::vector<Target>& targets) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const wasm::Import& import = module.imports[i];
    if (import.kind == ExternKind::kTable) {
      module.tables[import.index].type = targets[i].owner->module.tables[targets[i].index].type;
    }
    if (import.kind == ExternKind::kMemory) {
      module.memories[import.index].type.limits = memory_limits(targets[i]);
    }
  }
}

}  // namespace lind::spec
