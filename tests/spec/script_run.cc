#include "script_run.h"

#include <stdexcept>
#include <string_view>

#include <fmt/core.h>

namespace lind::spec {
namespace {

using vmabi::TrapCode;

// "uninitialized element 2" is expected where we say "uninitialized element", and "undefined"
// where we say "undefined element".
bool is_same_trap(std::string_view ours, std::string_view expected) {
  return expected.starts_with(ours) || ours.starts_with(expected);
}

std::string list(const std::vector<wasm::ValueType>& types, const std::vector<Words>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i)
    text += " " + to_string(types[i], values[i]);
  return text.empty() ? " nothing" : text;
}

std::string list(const std::vector<Value>& values) {
  std::string text;
  for (const Value& value : values)
    text += " " + to_string(value);
  return text.empty() ? " nothing" : text;
}

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::kDecode:
      return "refused";
    case Stage::kLink:
      return "not linked";
    case Stage::kCompile:
      return "not compiled";
    case Stage::kInstantiate:
      return "not instantiated";
  }
  return "unknown stage";
}

std::string to_string(const LoadError& error) {
  return fmt::format("{}: {}", name_of(error.stage), error.message);
}

}  // namespace

std::optional<std::string> ScriptRun::execute(const Command& command) {
  switch (command.kind) {
    case CommandKind::kModule:
      return make_module(command);
    case CommandKind::kRegister:
      return register_module(command);
    case CommandKind::kAction: {
      const Outcome outcome = act(command.action, nullptr);
      if (!outcome.trap) return {};
      return fmt::format("trapped: {}", vmabi::trap_message(*outcome.trap));
    }
    case CommandKind::kAssertReturn:
      return assert_return(command);
    case CommandKind::kAssertTrap:
    case CommandKind::kAssertExhaustion:
      return assert_trap(command);
    case CommandKind::kAssertException:
      return assert_exception(command);
    case CommandKind::kAssertInvalid:
    case CommandKind::kAssertMalformed:
      return assert_refused(command, Stage::kDecode);
    case CommandKind::kAssertUnlinkable:
      return assert_refused(command, Stage::kLink);
    case CommandKind::kAssertUninstantiable:
      return assert_uninstantiable(command);
  }
  return "unknown command";
}

Result<std::shared_ptr<Loaded>, LoadError> ScriptRun::instantiate(const Command& command,
                                                                  std::optional<TrapCode>* trap) {
  std::shared_ptr<Loaded> loaded =
      LIND_TRY(load(read_bytes(command.module), features_, registered_, host_));
  if (loaded->module.start) {
    *trap = host_.invoke(*loaded, FuncIndex{*loaded->module.start}, {}).trap;
  }
  return loaded;
}

ScriptRun::Failure ScriptRun::make_module(const Command& command) {
  last_ = nullptr;
  if (command.name) named_.erase(*command.name);
  std::optional<TrapCode> trap;
  const auto loaded = instantiate(command, &trap);
  if (!loaded.ok()) return to_string(loaded.error());
  if (trap) return fmt::format("start function trapped: {}", vmabi::trap_message(*trap));
  last_ = loaded.value();
  if (command.name) named_[*command.name] = last_;
  return {};
}

ScriptRun::Failure ScriptRun::register_module(const Command& command) {
  if (find(command.name) == nullptr) return "there is no such module";
  registered_[command.registered_as] = command.name ? named_.at(*command.name) : last_;
  return {};
}

Loaded* ScriptRun::find(const std::optional<std::string>& name) const {
  if (!name) return last_.get();
  const auto found = named_.find(*name);
  return found == named_.end() ? nullptr : found->second.get();
}

Outcome ScriptRun::act(const Action& action, std::vector<wasm::ValueType>* types) {
  Loaded* loaded = find(action.module);
  if (loaded == nullptr) throw std::runtime_error("there is no such module");
  const bool is_get = action.kind == Action::Kind::kGet;
  const wasm::Export* found = loaded->find_export(
      action.field, is_get ? wasm::ExternKind::kGlobal : wasm::ExternKind::kFunction);
  if (found == nullptr) throw std::runtime_error("there is no such export");
  if (is_get) {
    if (types != nullptr) *types = {loaded->module.globals[found->index].type.value};
    return {.trap = std::nullopt, .results = {host_.global(*loaded, found->index)}};
  }
  const wasm::FuncType& type = loaded->module.type_of(found->index);
  if (type.params.size() != action.arguments.size()) {
    throw std::runtime_error("another number of arguments");
  }
  if (types != nullptr) *types = type.results;
  std::vector<Words> arguments;
  arguments.reserve(action.arguments.size());
  for (const Value& value : action.arguments)
    arguments.push_back(value.words());
  return host_.invoke(*loaded, FuncIndex{found->index}, arguments);
}

ScriptRun::Failure ScriptRun::assert_return(const Command& command) {
  std::vector<wasm::ValueType> types;
  const Outcome outcome = act(command.action, &types);
  if (outcome.trap) {
    return fmt::format("{} trapped: {}", command.action.field, vmabi::trap_message(*outcome.trap));
  }
  if (!command.either.empty()) {
    for (const Value& value : command.either) {
      if (outcome.results.size() == 1 && value.type == types[0] &&
          value.matches(outcome.results[0]))
        return {};
    }
    return fmt::format("{} returned{}, expected one of{}", command.action.field,
                       list(types, outcome.results), list(command.either));
  }
  bool is_equal = outcome.results.size() == command.expected.size();
  for (std::size_t i = 0; is_equal && i < command.expected.size(); ++i) {
    is_equal =
        command.expected[i].type == types[i] && command.expected[i].matches(outcome.results[i]);
  }
  if (is_equal) return {};
  return fmt::format("{} returned{}, expected{}", command.action.field,
                     list(types, outcome.results), list(command.expected));
}

ScriptRun::Failure ScriptRun::assert_trap(const Command& command) {
  std::vector<wasm::ValueType> types;
  const Outcome outcome = act(command.action, &types);
  if (!outcome.trap) {
    return fmt::format("{} returned{}, expected the trap: {}", command.action.field,
                       list(types, outcome.results), command.text);
  }
  const std::string_view ours = vmabi::trap_message(*outcome.trap);
  if (is_same_trap(ours, command.text)) return {};
  return fmt::format("{} trapped: {}, expected: {}", command.action.field, ours, command.text);
}

ScriptRun::Failure ScriptRun::assert_exception(const Command& command) {
  std::vector<wasm::ValueType> types;
  const Outcome outcome = act(command.action, &types);
  if (outcome.trap == TrapCode::k_uncaught_exception) return {};
  if (!outcome.trap) {
    return fmt::format("{} returned{}, expected an exception", command.action.field,
                       list(types, outcome.results));
  }
  return fmt::format("{} trapped: {}, expected an exception", command.action.field,
                     vmabi::trap_message(*outcome.trap));
}

ScriptRun::Failure ScriptRun::assert_refused(const Command& command, Stage stage) {
  std::optional<TrapCode> trap;
  const auto loaded = instantiate(command, &trap);
  if (loaded.ok()) return fmt::format("accepted, expected: {}", command.text);
  if (loaded.error().stage == stage) return {};
  return fmt::format("{}, expected: {}", to_string(loaded.error()), command.text);
}

ScriptRun::Failure ScriptRun::assert_uninstantiable(const Command& command) {
  std::optional<TrapCode> trap;
  const auto loaded = instantiate(command, &trap);
  if (!loaded.ok() && loaded.error().stage != Stage::kInstantiate) {
    return to_string(loaded.error());
  }
  if (loaded.ok() && !trap) return fmt::format("accepted, expected: {}", command.text);
  const std::string ours =
      loaded.ok() ? std::string(vmabi::trap_message(*trap)) : loaded.error().message;
  if (is_same_trap(ours, command.text)) return {};
  return fmt::format("{}, expected: {}", ours, command.text);
}

}  // namespace lind::spec
