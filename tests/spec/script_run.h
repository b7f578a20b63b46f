/// \file
/// Executes the commands of one script.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loaded.h"
#include "script.h"
#include "script_host.h"

namespace lind::spec {

/// Threading: one thread, which becomes a guest thread.
class ScriptRun {
 public:
  explicit ScriptRun(const wasm::Features& features) : features_(features) {}

  /// Of the modules from here on.
  void set_features(const wasm::Features& features) { features_ = features; }
  /// Executes one command.  Returns why it failed, or nothing.
  std::optional<std::string> execute(const Command& command);

 private:
  using Failure = std::optional<std::string>;

  Failure make_module(const Command& command);
  Failure register_module(const Command& command);
  Failure assert_return(const Command& command);
  Failure assert_trap(const Command& command);
  Failure assert_exception(const Command& command);
  Failure assert_refused(const Command& command, Stage stage);
  Failure assert_uninstantiable(const Command& command);

  /// Loads a module and runs its start function; the trap of that, if there is one, is in `trap`.
  Result<std::shared_ptr<Loaded>, LoadError> instantiate(const Command& command,
                                                         std::optional<vmabi::TrapCode>* trap);
  /// The module an action or a registration means; null if there is none.
  Loaded* find(const std::optional<std::string>& name) const;
  /// Throws std::runtime_error if there is no such module, function or global.
  Outcome act(const Action& action, std::vector<wasm::ValueType>* types);

  wasm::Features features_;
  ScriptHost host_;
  Registry registered_;
  std::map<std::string, std::shared_ptr<Loaded>> named_;
  std::shared_ptr<Loaded> last_;
};

}  // namespace lind::spec
