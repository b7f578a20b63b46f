#include <cstddef>
#include <lind/imports.h>

#include "instance_state_internal.h"
#include "module_internal.h"

namespace lind::embed {
namespace {

/// A DynamicFunction and the type that says how its words are values.
struct Dynamic {
  FunctionType type;
  DynamicFunction callable;

  static bool call(void* context, void* host_call, std::uint64_t* words) noexcept {
    const Dynamic& self = *static_cast<const Dynamic*>(context);
    const detail::HostCall& frame = *static_cast<const detail::HostCall*>(host_call);
    const std::vector<Value> arguments = detail::values_of(self.type.params, words);
    std::vector<Value> results;
    for (const ValueType type : self.type.results)
      results.emplace_back(type, 0);
    Result<void> done = self.callable(frame.caller, arguments, results);
    if (!done.ok()) {
      frame.error = done.error();
      return false;
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].type() != self.type.results[i]) {
        frame.error = Error(ErrorKind::kUser, "a host function returned a value of another type");
        return false;
      }
    }
    detail::store_values(results, words);
    return true;
  }
};

}  // namespace

namespace detail {

std::vector<Value> values_of(std::span<const ValueType> types, const std::uint64_t* words) {
  std::vector<Value> values;
  values.reserve(types.size());
  for (const ValueType type : types) {
    const bool is_wide = type == ValueType::kV128;
    const bool is_narrow = type == ValueType::kI32 || type == ValueType::kF32;
    // The upper half of a word that holds 32 bits is anything.
    values.emplace_back(type, is_narrow ? words[0] & 0xffffffff : words[0], is_wide ? words[1] : 0);
    words += is_wide ? 2 : 1;
  }
  return values;
}

void store_values(std::span<const Value> values, std::uint64_t* words) noexcept {
  for (const Value& value : values) {
    *words++ = value.words()[0];
    if (value.type() == ValueType::kV128) *words++ = value.words()[1];
  }
}

}  // namespace detail

Imports& Imports::dynamic_function(std::string module, std::string name, FunctionType type,
                                   DynamicFunction callable) {
  auto context = std::make_shared<Dynamic>(Dynamic{type, std::move(callable)});
  functions_[{std::move(module), std::move(name)}] = {std::move(type), &Dynamic::call,
                                                      std::move(context)};
  return *this;
}

Imports& Imports::global(std::string module, std::string name, Value value) {
  globals_.insert_or_assign({std::move(module), std::move(name)}, value);
  return *this;
}

Imports& Imports::own_memory(std::string module, std::string name) {
  own_[{std::move(module), std::move(name)}] = true;
  return *this;
}

Imports& Imports::own_table(std::string module, std::string name) {
  own_[{std::move(module), std::move(name)}] = false;
  return *this;
}

// During a call nothing has to be counted: the state outlives it.
Memory Caller::memory() const noexcept {
  return state_.borrowed_memory();
}

void* Caller::user_data() const noexcept {
  return state_.user_data();
}

bool Caller::interrupted() const noexcept {
  return state_.must_end();
}

}  // namespace lind::embed
