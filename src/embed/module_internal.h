/// \file
/// From a public Module to what the runtime knows of it, and back.

#pragma once

#include <lind/module.h>
#include <memory>
#include <utility>

#include "object/object.h"
#include "runtime/program.h"
#include "vmabi/object_format.h"

namespace lind::embed::detail {

/// The only way into a Module.
class ModuleAccess {
 public:
  static Module make(std::shared_ptr<const runtime::Program> program) {
    return Module(std::move(program));
  }
  static const std::shared_ptr<const runtime::Program>& program(const Module& module) noexcept {
    return module.program_;
  }
};

FunctionType type_of_function(const object::Object& object, std::uint32_t index);
/// Words of a list of types.
std::size_t num_words(std::span<const ValueType> types) noexcept;
/// The export `name`, if it is of that kind.
const vmabi::ExportRecord* find_export(const object::Object& object, std::string_view name,
                                       vmabi::ExternKind kind);

}  // namespace lind::embed::detail
