#include "link.h"

#include <fmt/core.h>

#include "runtime/wasm_memory.h"

namespace lind::spec {
namespace {

using wasm::ExternKind;

// The limits with the size it has now.
wasm::Limits memory_limits(const Target& target) {
  wasm::Limits limits = target.owner->module.memories[target.index].type.limits;
  limits.min = target.owner->instance->wasm_memory(target.index)->pages();
  return limits;
}

wasm::Limits table_limits(const Target& target) {
  wasm::Limits limits = target.owner->module.tables[target.index].type.limits;
  limits.min = target.owner->instance->table_size(target.index);
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
      return actual.element == wanted.element && actual.address == wanted.address &&
             fits(table_limits(target), wanted.limits);
    }
    case ExternKind::kMemory: {
      const wasm::MemoryType& wanted = module.memories[import.index].type;
      const wasm::MemoryType& actual = exporter.memories[target.index].type;
      return actual.is_shared == wanted.is_shared && actual.address == wanted.address &&
             fits(memory_limits(target), wanted.limits);
    }
    case ExternKind::kGlobal: {
      const wasm::GlobalType& wanted = module.globals[import.index].type;
      const wasm::GlobalType& actual = exporter.globals[target.index].type;
      return actual.value == wanted.value && actual.is_mutable == wanted.is_mutable;
    }
    case ExternKind::kTag:
      return module.payload_of(import.index) == exporter.payload_of(target.index);
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

}  // namespace lind::spec
