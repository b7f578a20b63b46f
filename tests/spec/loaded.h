/// \file
/// A module of a script, from its bytes to a thread that runs its functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/instance.h"
#include "runtime/thread.h"
#include "value.h"
#include "wasm/module.h"

namespace lind::spec {

struct Loaded;
class ScriptHost;

/// What an import was resolved to: an export of another module.
struct Target {
  std::shared_ptr<Loaded> owner;
  std::uint32_t index = 0;  ///< in the owner's index space of that kind
};

/// Ownership: keeps the modules it imports from.
struct Loaded {
  std::vector<std::byte> bytes;
  wasm::Module module;          ///< points into `bytes`
  std::vector<Target> imports;  ///< one for each of module.imports
  std::shared_ptr<const runtime::Program> program;
  std::shared_ptr<runtime::Instance> instance;  ///< null if a segment was out of bounds
  std::unique_ptr<runtime::Thread> thread;      ///< made when the first function is called

  const wasm::Export* find_export(std::string_view name, wasm::ExternKind kind) const;
  /// What the import that is function `index` was resolved to.
  const Target& function_target(std::uint32_t index) const;
};

/// Modules by the name they were registered under.
using Registry = std::map<std::string, std::shared_ptr<Loaded>, std::less<>>;

/// How far a module came.
enum class Stage : std::uint8_t {
  kDecode,       ///< malformed or invalid
  kLink,         ///< an import is missing or of another type
  kCompile,      ///< our compiler or loader refused it: never right
  kInstantiate,  ///< a segment is out of bounds
};

struct LoadError {
  Stage stage;
  std::string message;
};

/// Decodes, validates, links, compiles and instantiates; does not run the start function.
/// What segments wrote into other modules' tables and memories stays if instantiation fails, and so
/// does the module: `host` keeps it.
Result<std::shared_ptr<Loaded>, LoadError> load(std::vector<std::byte> bytes,
                                                const wasm::Features& features,
                                                const Registry& registry, ScriptHost& host);

}  // namespace lind::spec
