// Imports and exports of a Lind program; docs/guest-abi.md, section 1.

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/core.h>

#include "message.h"
#include "programs.h"
#include "vmabi/object_format.h"

namespace lind::cli {
namespace {

using vmabi::ExternKind;

constexpr std::array<std::string_view, 3> kImports = {"syscall", "setjmp", "longjmp"};

struct Needed {
  std::string_view name;
  ExternKind kind;
  std::string_view purpose;
  std::string_view linked_by;  ///< what lind-cc gives to the linker
};
constexpr std::array<Needed, 4> kExports = {{
    {"_start", ExternKind::kFunction, "where the program begins",
     "crt1.o, unless -nostartfiles, -nostdlib or -r is given"},
    {"memory", ExternKind::kMemory, "what system calls read and write", "-Wl,--export-memory"},
    {"__stack_pointer", ExternKind::kGlobal, "the stack of threads and signal handlers",
     "-Wl,--export=__stack_pointer"},
    {"__indirect_function_table", ExternKind::kTable, "signal handlers and thread functions",
     "-Wl,--export-table"},
}};

ErrorOr<void> check_start(const object::Object& object, std::uint32_t function) {
  const vmabi::TypeRecord& type = object.types()[object.functions()[function].type];
  if (type.params.size == 0 && type.results.size == 0) return {};
  return Error("export _start has parameters or results: a program's takes and gives nothing");
}

}  // namespace

ErrorOr<void> check_links(const object::Object& object) {
  for (const vmabi::ImportRecord& import : object.imports()) {
    const std::string_view module = object.text(import.module);
    const std::string_view name = object.text(import.name);
    if (import.kind == static_cast<std::uint32_t>(ExternKind::kFunction) && module == "lind" &&
        std::ranges::find(kImports, name) != kImports.end()) {
      continue;
    }
    return Error(
        fmt::format("import {}.{} is not there: a program may import lind.syscall, "
                    "lind.setjmp and lind.longjmp",
                    printable(module), printable(name)));
  }
  for (const Needed& needed : kExports) {
    const auto found = std::ranges::find_if(object.exports(), [&](const auto& item) {
      return item.kind == static_cast<std::uint32_t>(needed.kind) &&
             object.text(item.name) == needed.name;
    });
    if (found == object.exports().end()) {
      return Error(fmt::format("export {} is missing: {}; lind-cc links with {}", needed.name,
                               needed.purpose, needed.linked_by));
    }
    if (needed.kind == ExternKind::kFunction) LIND_TRY(check_start(object, found->index));
  }
  return {};
}

}  // namespace lind::cli
