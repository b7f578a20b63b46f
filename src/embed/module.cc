#include <algorithm>
#include <lind/module.h>

#include "module_internal.h"

namespace lind::embed {
namespace {

ExternKind public_kind(std::uint32_t kind) {
  switch (static_cast<vmabi::ExternKind>(kind)) {
    case vmabi::ExternKind::kFunction:
      return ExternKind::kFunction;
    case vmabi::ExternKind::kTable:
      return ExternKind::kTable;
    case vmabi::ExternKind::kMemory:
      return ExternKind::kMemory;
    case vmabi::ExternKind::kGlobal:
      return ExternKind::kGlobal;
    case vmabi::ExternKind::kTag:
      break;
  }
  return ExternKind::kTag;
}

// Import and Export say the same of what they name.
template <typename Extern>
void describe(const object::Object& object, std::uint32_t kind, std::uint32_t index, Extern& out) {
  out.kind = public_kind(kind);
  if (out.kind == ExternKind::kFunction) out.function = detail::type_of_function(object, index);
  if (out.kind == ExternKind::kGlobal) {
    out.global = static_cast<ValueType>(object.globals()[index].value);
    out.is_mutable = object.globals()[index].is_mutable != 0;
  }
}

std::vector<ValueType> value_types(std::span<const std::byte> kinds) {
  std::vector<ValueType> types;
  for (const std::byte kind : kinds)
    types.push_back(static_cast<ValueType>(kind));
  return types;
}

}  // namespace

namespace detail {

FunctionType type_of_function(const object::Object& object, std::uint32_t index) {
  const vmabi::TypeRecord& type = object.types()[object.functions()[index].type];
  return {value_types(object.bytes(type.params)), value_types(object.bytes(type.results))};
}

std::size_t num_words(std::span<const ValueType> types) noexcept {
  return types.size() + static_cast<std::size_t>(std::ranges::count(types, ValueType::kV128));
}

const vmabi::ExportRecord* find_export(const object::Object& object, std::string_view name,
                                       vmabi::ExternKind kind) {
  const std::span<const vmabi::ExportRecord> records = object.exports();
  const auto found = std::ranges::find_if(records, [&](const vmabi::ExportRecord& record) {
    return record.kind == static_cast<std::uint32_t>(kind) && object.text(record.name) == name;
  });
  return found == records.end() ? nullptr : &*found;
}

}  // namespace detail

std::string to_string(ExternKind kind) {
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

std::vector<Import> Module::imports() const {
  const object::Object& object = program_->object();
  std::vector<Import> all;
  for (const vmabi::ImportRecord& record : object.imports()) {
    Import& import = all.emplace_back();
    import.module = object.text(record.module);
    import.name = object.text(record.name);
    describe(object, record.kind, record.index, import);
  }
  return all;
}

std::vector<Export> Module::exports() const {
  const object::Object& object = program_->object();
  std::vector<Export> all;
  for (const vmabi::ExportRecord& record : object.exports()) {
    Export& item = all.emplace_back();
    item.name = object.text(record.name);
    describe(object, record.kind, record.index, item);
  }
  return all;
}

std::optional<FunctionType> Module::function_type(std::string_view name) const {
  const object::Object& object = program_->object();
  const vmabi::ExportRecord* const record =
      detail::find_export(object, name, vmabi::ExternKind::kFunction);
  if (record == nullptr) return std::nullopt;
  return detail::type_of_function(object, record->index);
}

bool Module::is_posix_program() const noexcept {
  return (program_->object().header().flags & vmabi::kFlagLindProgram) != 0;
}

}  // namespace lind::embed
