#include "wasm/validate.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "wasm/limits.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

namespace lind::wasm {
namespace {

ErrorOr<void> check_index(std::string_view what, std::uint64_t index, std::size_t count) {
  if (index < count) return {};
  return Error(fmt::format("unknown {} {}, there are {}", what, index, count));
}

// \param range  What min and max may be at most.
ErrorOr<void> check_limits(const Limits& limits, std::uint64_t range) {
  if (limits.min > range || limits.max.value_or(0) > range) {
    return Error(fmt::format("size {} or maximum {} is above {}", limits.min,
                             limits.max.value_or(0), range));
  }
  if (limits.max && limits.min > *limits.max) {
    return Error(fmt::format("size {} is above its own maximum {}", limits.min, *limits.max));
  }
  return {};
}

// Only imported globals that never change have a value before the module's own are made.
ErrorOr<ValueType> type_of_global(const Module& module, std::uint32_t index) {
  LIND_TRY(check_index("imported global", index, module.num_imported_globals));
  const GlobalType& type = module.globals[index].type;
  if (type.is_mutable) {
    return Error(fmt::format("constant expression required, global {} is mutable", index));
  }
  return type.value;
}

// The type that a step puts on the stack; of a row's operands if it computes.
ErrorOr<ValueType> type_of_step(const Module& module, const ConstStep& step) {
  if (step.opcode == Opcode::kGlobalGet) return type_of_global(module, step.index);
  return row_of(step.opcode).signature.back() == 'i' ? ValueType::kI32 : ValueType::kI64;
}

ErrorOr<ValueType> type_of_steps(const Module& module, const ConstExpr& expr) {
  std::vector<ValueType> stack;
  const auto steps = std::span(module.const_steps).subspan(expr.index, expr.low);
  for (const ConstStep& step : steps) {
    const ValueType type = LIND_TRY(type_of_step(module, step));
    const bool computes = row_of(step.opcode).immediates == Immediates::kNone;
    for (int operand = 0; computes && operand < 2; ++operand) {
      if (stack.empty() || stack.back() != type) {
        return Error(fmt::format("type mismatch in a constant expression: {} wants two {}",
                                 row_of(step.opcode).text, to_string(type)));
      }
      stack.pop_back();
    }
    stack.push_back(type);
  }
  if (stack.size() == 1) return stack.front();
  return Error(fmt::format("type mismatch: {} values in a constant expression", stack.size()));
}

ErrorOr<void> check_const_expr(const Module& module, const ConstExpr& expr, ValueType expected) {
  ValueType type = expr.type;
  if (expr.kind == ConstExpr::Kind::kGlobal) type = LIND_TRY(type_of_global(module, expr.index));
  if (expr.kind == ConstExpr::Kind::kSteps) type = LIND_TRY(type_of_steps(module, expr));
  if (expr.kind == ConstExpr::Kind::kFunction) {
    LIND_TRY(check_index("function", expr.index, module.functions.size()));
  }
  if (type == expected) return {};
  return Error(fmt::format("type mismatch in a constant expression: expected {}, found {}",
                           to_string(expected), to_string(type)));
}

ErrorOr<void> check_function_type(const Module& module, std::size_t index) {
  return check_index("type", module.functions[index].type, module.types.size());
}

ErrorOr<void> check_table(const Module& module, std::size_t index) {
  const Limits& limits = module.tables[index].type.limits;
  if (limits.min > kMaxTableEntries) {
    return Error(fmt::format("{} entries, the limit is {}", limits.min, kMaxTableEntries));
  }
  return check_limits(
      limits, module.tables[index].type.address == ValueType::kI64 ? UINT64_MAX : UINT32_MAX);
}

ErrorOr<void> check_memory(const Module& module, std::size_t index) {
  const MemoryType& type = module.memories[index].type;
  if (type.is_shared && !type.limits.max) return Error("a shared memory must have a maximum");
  return check_limits(type.limits,
                      type.address == ValueType::kI64 ? kMaxWidePages : kMaxMemoryPages);
}

ErrorOr<void> check_tag(const Module& module, std::size_t index) {
  LIND_TRY(check_index("type", module.tags[index].type, module.types.size()));
  if (module.types[module.tags[index].type].results.empty()) return {};
  return Error("non-empty tag result type");
}

ErrorOr<void> check_global(const Module& module, std::size_t index) {
  if (index < module.num_imported_globals) return {};
  const Global& global = module.globals[index];
  return check_const_expr(module, global.init, global.type.value);
}

std::size_t count_of(const Module& module, ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunction:
      return module.functions.size();
    case ExternKind::kTable:
      return module.tables.size();
    case ExternKind::kMemory:
      return module.memories.size();
    case ExternKind::kGlobal:
      return module.globals.size();
    case ExternKind::kTag:
      return module.tags.size();
  }
  return 0;
}

std::string_view to_string(ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunction:
      return "function";
    case ExternKind::kTable:
      return "table";
    case ExternKind::kMemory:
      return "memory";
    case ExternKind::kGlobal:
      return "global";
    case ExternKind::kTag:
      return "tag";
  }
  return "unknown kind";
}

ErrorOr<void> check_export(const Module& module, std::size_t index) {
  const Export& entry = module.exports[index];
  return check_index(to_string(entry.kind), entry.index, count_of(module, entry.kind));
}

ErrorOr<void> check_element_segment(const Module& module, std::size_t index) {
  const ElementSegment& segment = module.elements[index];
  if (segment.mode == SegmentMode::kActive) {
    LIND_TRY(check_index("table", segment.table, module.tables.size()));
    const ValueType table = module.tables[segment.table].type.element;
    if (table != segment.type) {
      return Error(fmt::format("type mismatch: elements of {} for a table of {}",
                               to_string(segment.type), to_string(table)));
    }
    LIND_TRY(check_const_expr(module, segment.offset, module.tables[segment.table].type.address));
  }
  for (const ConstExpr& item : segment.items) {
    LIND_TRY(check_const_expr(module, item, segment.type));
  }
  return {};
}

ErrorOr<void> check_data_segment(const Module& module, std::size_t index) {
  const DataSegment& segment = module.data[index];
  if (segment.mode != SegmentMode::kActive) return {};
  LIND_TRY(check_index("memory", segment.memory, module.memories.size()));
  return check_const_expr(module, segment.offset, module.memories[segment.memory].type.address);
}

// Sorted, because a hash table could be made slow by whoever chose the names.
ErrorOr<void> check_export_names(const Module& module) {
  std::vector<std::string_view> names;
  names.reserve(module.exports.size());
  for (const Export& entry : module.exports)
    names.push_back(entry.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return Error(fmt::format("duplicate export name \"{}\"", *twice));
}

ErrorOr<void> check_start(const Module& module) {
  if (!module.start) return {};
  LIND_TRY(check_index("start function", *module.start, module.functions.size()));
  const FuncType& type = module.type_of(*module.start);
  if (type.params.empty() && type.results.empty()) return {};
  return Error(fmt::format("start function {} has parameters or results", *module.start));
}

ErrorOr<void> check_all(const Module& module, std::string_view what, std::size_t count,
                        ErrorOr<void> (*check)(const Module&, std::size_t)) {
  for (std::size_t index = 0; index < count; ++index) {
    const ErrorOr<void> result = check(module, index);
    if (!result.ok()) return Error(result.error()).in(fmt::format("{} {}", what, index));
  }
  return {};
}

}  // namespace

ErrorOr<void> validate_declarations(const Module& module) {
  LIND_TRY(check_all(module, "function", module.functions.size(), check_function_type));
  LIND_TRY(check_all(module, "table", module.tables.size(), check_table));
  if (module.tables.size() > kMaxTables) {
    return Error(fmt::format("{} tables, the limit is {}", module.tables.size(), kMaxTables));
  }
  const std::uint32_t max_memories = module.features.multi_memory ? kMaxMemories : 1;
  if (module.memories.size() > max_memories) {
    return Error(fmt::format("{} memories, the limit is {}", module.memories.size(), max_memories));
  }
  LIND_TRY(check_all(module, "memory", module.memories.size(), check_memory));
  LIND_TRY(check_all(module, "tag", module.tags.size(), check_tag));
  LIND_TRY(check_all(module, "global", module.globals.size(), check_global));
  LIND_TRY(check_all(module, "export", module.exports.size(), check_export));
  LIND_TRY(check_export_names(module));
  LIND_TRY(check_start(module));
  LIND_TRY(check_all(module, "element segment", module.elements.size(), check_element_segment));
  return check_all(module, "data segment", module.data.size(), check_data_segment);
}

ErrorOr<void> validate(const Module& module) {
  LIND_TRY(validate_declarations(module));
  for (std::size_t index = module.num_imported_functions; index < module.functions.size();
       ++index) {
    LIND_TRY(validate_function(module, static_cast<std::uint32_t>(index)));
  }
  return {};
}

}  // namespace lind::wasm
