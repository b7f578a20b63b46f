/// \file
/// A module: compiled, verified, loaded once per process.

#pragma once

#include <cstdint>
#include <lind/api.h>
#include <lind/value.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lind::runtime {
class Program;
}

namespace lind::embed {

namespace detail {
class ModuleAccess;
}

enum class ExternKind : std::uint8_t { kFunction, kTable, kMemory, kGlobal, kTag };

/// "function", "memory", ...
LIND_API std::string to_string(ExternKind kind);

struct Import {
  std::string module = {};
  std::string name = {};
  ExternKind kind = ExternKind::kFunction;
  FunctionType function = {};          ///< kFunction
  ValueType global = ValueType::kI32;  ///< kGlobal
  bool is_mutable = false;             ///< kGlobal
};

struct Export {
  std::string name = {};
  ExternKind kind = ExternKind::kFunction;
  FunctionType function = {};          ///< kFunction
  ValueType global = ValueType::kI32;  ///< kGlobal
  bool is_mutable = false;             ///< kGlobal
};

/// Code that any number of instances share.  A cheap copy: a counted reference.
///
/// Threading: any.
class LIND_API Module {
 public:
  std::vector<Import> imports() const;
  std::vector<Export> exports() const;
  /// Nothing if no function is exported under that name.
  std::optional<FunctionType> function_type(std::string_view name) const;
  /// Made for Lind's system calls (it imports lind.syscall): HostContext runs it, Instance does
  /// not.
  bool is_posix_program() const noexcept;

 private:
  friend class detail::ModuleAccess;
  explicit Module(std::shared_ptr<const runtime::Program> program) noexcept
      : program_(std::move(program)) {}
  std::shared_ptr<const runtime::Program> program_;
};

}  // namespace lind::embed
