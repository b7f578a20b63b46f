#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string_view>
#include <unordered_map>

#include <fmt/core.h>

#include "codegen/plan_internal.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"
#include "vmabi/type_id.h"
#include "wasm/instruction_reader.h"

namespace lind::codegen {
namespace {

constexpr std::uint32_t kDefaultTableEntries = 65536;
/// Room for the functions of modules loaded later, in table 0 of a Lind program.
constexpr std::uint32_t kSpareTableEntries = 16384;
/// A declared maximum up to this is given in full.
constexpr std::uint64_t kLargestDeclaredTable = 1U << 20;
constexpr std::string_view kMismatchPrefix = "signature_mismatch:";
/// Custom section: names of functions that run when a program starts, a line each, by first use.
/// Pages of code that runs are not shared with code that does not.
constexpr std::string_view kStartupSection = "lind.startup";

constexpr auto kBuiltinNames = std::to_array<std::string_view>({
#define LIND_BUILTIN(name, signature) #name,
#include "vmabi/builtins.def"
#undef LIND_BUILTIN
});

/// A builtin that programs import from "lind" under its own name.
struct BuiltinImport {
  vmabi::Builtin builtin;
  std::string_view params;  ///< i: i32, l: i64
  std::string_view results;
};
constexpr auto kBuiltinImports = std::to_array<BuiltinImport>({
    {vmabi::Builtin::k_syscall, "illllll", "l"},
    {vmabi::Builtin::k_setjmp, "i", "i"},
    {vmabi::Builtin::k_longjmp, "ii", ""},
});

bool has_types(std::span<const wasm::ValueType> types, std::string_view letters) {
  return std::ranges::equal(types, letters, [](wasm::ValueType type, char letter) {
    return type == (letter == 'i' ? wasm::ValueType::kI32 : wasm::ValueType::kI64);
  });
}

ErrorOr<void> plan_types(const wasm::Module& module, Plan& plan) {
  const auto bytes = [](std::span<const wasm::ValueType> types) {
    std::vector<std::uint8_t> result;
    for (const wasm::ValueType type : types)
      result.push_back(static_cast<std::uint8_t>(type));
    return result;
  };
  for (std::size_t i = 0; i < module.types.size(); ++i) {
    ErrorOr<Signature> signature = make_signature(module.types[i]);
    if (!signature.ok()) return Error(signature.error()).in(fmt::format("type {}", i));
    plan.signatures.push_back(std::move(signature).value());
    plan.type_ids.push_back(
        vmabi::type_id(bytes(module.types[i].params), bytes(module.types[i].results)));
  }
  return {};
}

ErrorOr<void> plan_functions(const wasm::Module& module, Plan& plan) {
  plan.builtins.resize(module.num_imported_functions);
  for (const wasm::Import& import : module.imports) {
    if (import.kind != wasm::ExternKind::kFunction || import.module != "lind") continue;
    for (const BuiltinImport& known : kBuiltinImports) {
      if (import.name != kBuiltinNames[static_cast<std::size_t>(known.builtin)]) continue;
      const wasm::FuncType& type = module.type_of(import.index);
      if (!has_types(type.params, known.params) || !has_types(type.results, known.results)) {
        return Error(fmt::format("import lind.{} has type {}", import.name, to_string(type)));
      }
      plan.builtins[import.index] = known.builtin;
    }
  }
  plan.has_adapter.resize(module.functions.size());
  for (const wasm::Export& item : module.exports) {
    if (item.kind == wasm::ExternKind::kFunction) plan.has_adapter[item.index] = true;
  }
  if (module.start) plan.has_adapter[*module.start] = true;
  return {};
}

void plan_mismatches(const wasm::Module& module, Plan& plan) {
  if (plan.is_exact()) return;
  std::unordered_map<std::string_view, std::uint32_t> by_name;
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    by_name.emplace(module.functions[i].name, static_cast<std::uint32_t>(i));
  }
  for (std::size_t i = module.num_imported_functions; i < module.functions.size(); ++i) {
    std::string_view name = module.functions[i].name;
    if (!name.starts_with(kMismatchPrefix)) continue;
    name.remove_prefix(kMismatchPrefix.size());
    const auto found = by_name.find(name);
    if (found != by_name.end()) {
      plan.mismatch_targets.emplace(static_cast<std::uint32_t>(i), found->second);
    }
  }
}

ErrorOr<void> plan_globals(const wasm::Module& module, Plan& plan) {
  for (std::size_t i = 0; i < module.globals.size(); ++i) {
    const wasm::Global& global = module.globals[i];
    const bool is_constant = i >= module.num_imported_globals && !global.type.is_mutable &&
                             global.init.kind != wasm::ConstExpr::Kind::kGlobal &&
                             global.init.kind != wasm::ConstExpr::Kind::kSteps;
    plan.first_word.push_back(is_constant ? vmabi::kNoIndex : plan.num_global_words);
    if (!is_constant) plan.num_global_words += num_words(global.type.value);
  }
  if (plan.num_global_words > vmabi::kNumGlobalWords) {
    return Error(fmt::format("globals take {} words, at most {} fit", plan.num_global_words,
                             vmabi::kNumGlobalWords));
  }
  for (const wasm::Export& item : module.exports) {
    if (item.kind != wasm::ExternKind::kGlobal) continue;
    if (item.name == "__stack_pointer") plan.stack_pointer_global = item.index;
    if (item.name == "__tls_base") plan.tls_base_global = item.index;
  }
  return {};
}

std::uint32_t table_capacity(const wasm::TableType& type, bool needs_spare) {
  const std::uint64_t initial = type.limits.min;
  std::uint64_t capacity = std::max<std::uint64_t>(initial + (needs_spare ? kSpareTableEntries : 0),
                                                   kDefaultTableEntries);
  if (type.limits.max) {
    const std::uint64_t declared = std::max(*type.limits.max, initial);
    // A program links with the number of its own functions as maximum; that is not its wish.
    if (!needs_spare && (declared < capacity || declared <= kLargestDeclaredTable)) {
      capacity = declared;
    }
  }
  return static_cast<std::uint32_t>(capacity);
}

ErrorOr<void> plan_tables(const wasm::Module& module, Plan& plan) {
  if (module.tables.size() > vmabi::kMaxTables) {
    return Error(fmt::format("module has {} tables, at most {} are supported", module.tables.size(),
                             vmabi::kMaxTables));
  }
  std::int64_t end = vmabi::kTableWindowsEnd;
  for (std::size_t i = 0; i < module.tables.size(); ++i) {
    const wasm::TableType& type = module.tables[i].type;
    TablePlan table{.capacity = 0, .index_mask = 0, .window_offset = end};
    if (type.element == wasm::ValueType::kFuncRef) {
      table.capacity = table_capacity(type, i == 0 && !plan.is_exact());
      const std::uint64_t entries = std::max<std::uint64_t>(
          std::bit_ceil(std::uint64_t{table.capacity}), kHostPageSize / sizeof(vmabi::TableEntry));
      table.index_mask = static_cast<std::uint32_t>(entries - 1);
      const std::uint64_t num_bytes = entries * sizeof(vmabi::TableEntry);
      if (num_bytes > static_cast<std::uint64_t>(end - vmabi::kTableWindowsStart)) {
        return Error(fmt::format("table {} with {} entries does not fit in the {} MiB for tables",
                                 i, table.capacity, vmabi::kStateWindowBytes / kMiB));
      }
      end -= static_cast<std::int64_t>(num_bytes);
      table.window_offset = end;
    }
    plan.tables.push_back(table);
  }
  return {};
}

// The narrowest reservation that holds what the memory may grow to.
unsigned address_bits(const wasm::MemoryType& type) {
  constexpr unsigned kNarrow = 32;
  if (type.address == wasm::ValueType::kI32) return kNarrow;
  constexpr std::uint64_t kMaxPages = vmabi::kMaxWideMemoryBytes / kWasmPageSize;
  const std::uint64_t pages = std::min(type.limits.max.value_or(kMaxPages), kMaxPages);
  const std::uint64_t num_bytes = std::bit_ceil(pages * kWasmPageSize);
  return std::max(kNarrow, static_cast<unsigned>(std::countr_zero(num_bytes)));
}

ErrorOr<void> plan_memories(const wasm::Module& module, Plan& plan) {
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < module.memories.size(); ++i) {
    const wasm::MemoryType& type = module.memories[i].type;
    if (i > 0 || type.address == wasm::ValueType::kI64) plan.has_plain_memory = false;
    if (!plan.is_exact() && !plan.has_plain_memory) {
      return Error("a Lind program has one memory, of 32-bit addresses");
    }
    const unsigned bits = address_bits(type);
    if (type.limits.min > (std::uint64_t{1} << bits) / kWasmPageSize) {
      return Error(fmt::format("memory {} has {} pages, at most {} are supported", i,
                               type.limits.min, vmabi::kMaxWideMemoryBytes / kWasmPageSize));
    }
    plan.memories.push_back({.base = end, .address_bits = bits});
    end += vmabi::reserved_for(bits);
    plan.memory_span = end;
  }
  return {};
}

// What the section says is only about the order of code: names that mean nothing are passed over.
void plan_order(const wasm::Module& module, Plan& plan) {
  const auto section =
      std::ranges::find(module.custom_sections, kStartupSection, &wasm::CustomSection::name);
  if (section == module.custom_sections.end()) return;
  std::unordered_map<std::string_view, std::uint32_t> by_name;
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    by_name.emplace(module.functions[i].name, static_cast<std::uint32_t>(i));
  }
  std::string text(section->bytes.size(), '\0');
  std::ranges::transform(section->bytes, text.begin(), std::to_integer<char>);
  std::string_view names = text;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find('\n'), names.size());
    const auto found = by_name.find(names.substr(0, end));
    if (found != by_name.end()) {
      plan.first_functions.push_back(found->second);
      by_name.erase(found);
    }
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

bool has_function_reference(const wasm::FuncType& type) {
  return std::ranges::count(type.params, wasm::ValueType::kFuncRef) +
             std::ranges::count(type.results, wasm::ValueType::kFuncRef) !=
         0;
}

// By a table, global, argument or result that others see too.
bool meets_foreign_functions(const wasm::Module& module) {
  const auto may_carry = [&module](wasm::ExternKind kind, std::uint32_t index) {
    switch (kind) {
      case wasm::ExternKind::kFunction:
        return has_function_reference(module.type_of(index));
      case wasm::ExternKind::kTable:
        return module.tables[index].type.element == wasm::ValueType::kFuncRef;
      case wasm::ExternKind::kGlobal:
        return module.globals[index].type.value == wasm::ValueType::kFuncRef;
      case wasm::ExternKind::kMemory:
      case wasm::ExternKind::kTag:
        break;
    }
    return false;
  };
  const auto carries = [&](const auto& item) { return may_carry(item.kind, item.index); };
  return std::ranges::any_of(module.imports, carries) ||
         std::ranges::any_of(module.exports, carries);
}

// Whoever gets a reference to a function may call it.
void plan_links(const wasm::Module& module, Plan& plan) {
  plan.is_linked = plan.is_exact() && meets_foreign_functions(module);
  if (!plan.is_linked) return;
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    if (module.functions[i].is_declared) plan.has_adapter[i] = true;
  }
}

bool has_try(const wasm::Module& module, const wasm::Function& function) {
  wasm::InstructionReader reader(function, module.features);
  while (!reader.done()) {
    const auto read = reader.next();
    if (!read.ok()) return true;  // the walk over the body says what is wrong
    const wasm::Opcode opcode = read.value()->opcode;
    if (opcode == wasm::Opcode::kTry || opcode == wasm::Opcode::kTryTable) return true;
  }
  return false;
}

// Without a tag only another module can throw, and Lind programs do not import from one another.
bool has_exceptions(const wasm::Module& module, Mode mode) {
  if (!module.tags.empty()) return true;
  if (mode != Mode::kExact || !module.features.exceptions || module.num_imported_functions == 0) {
    return false;
  }
  return std::ranges::any_of(
      module.functions, [&](const wasm::Function& function) { return has_try(module, function); });
}

}  // namespace

ErrorOr<Plan> make_plan(const wasm::Module& module, Mode mode) {
  Plan plan;
  plan.mode = mode;
  LIND_TRY(plan_types(module, plan));
  LIND_TRY(plan_functions(module, plan));
  LIND_TRY(plan_globals(module, plan));
  LIND_TRY(plan_tables(module, plan));
  LIND_TRY(plan_memories(module, plan));
  plan_links(module, plan);
  plan_mismatches(module, plan);
  plan_order(module, plan);
  plan.has_exceptions = has_exceptions(module, mode);
  return plan;
}

std::string to_string(const wasm::FuncType& type) {
  const auto list = [](std::span<const wasm::ValueType> types) {
    std::string text;
    for (const wasm::ValueType value : types) {
      if (!text.empty()) text += ", ";
      text += wasm::to_string(value);
    }
    return "(" + text + ")";
  };
  return list(type.params) + " -> " + list(type.results);
}

}  // namespace lind::codegen
