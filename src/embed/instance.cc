#include <array>
#include <lind/instance.h>
#include <utility>

#include <fmt/core.h>

#include "instance_state_internal.h"
#include "module_internal.h"

namespace lind::embed {
namespace {

using Kind = vmabi::ExternKind;

Error no_export(Kind kind, std::string_view name) {
  return Error(ErrorKind::kExport, fmt::format("no {} is exported as {}",
                                               to_string(static_cast<ExternKind>(kind)), name));
}

/// An export that an instance has now.
Result<const vmabi::ExportRecord*> find(const detail::InstanceState& state, std::string_view name,
                                        Kind kind) {
  if (state.is_closed()) return Error(ErrorKind::kState, "the instance was destroyed");
  const vmabi::ExportRecord* const record = detail::find_export(state.object(), name, kind);
  if (record == nullptr) return no_export(kind, name);
  return record;
}

// A reference to a function means nothing outside of guest code; it only has to be no null.
Value constant(ValueType type, const vmabi::ConstExpr& init) {
  switch (static_cast<vmabi::ConstKind>(init.kind)) {
    case vmabi::ConstKind::kValue:
      return {type, init.low, init.high};
    case vmabi::ConstKind::kFunction:
      return {type, std::uint64_t{init.index} + 1};
    case vmabi::ConstKind::kGlobal:
    case vmabi::ConstKind::kNull:
    case vmabi::ConstKind::kSteps:
      break;
  }
  return {type, 0};
}

}  // namespace

namespace detail {

Result<FoundFunction> find_function(InstanceState& state, std::string_view name,
                                    const FunctionType& type) {
  const Result<const vmabi::ExportRecord*> record = find(state, name, Kind::kFunction);
  if (!record.ok()) return record.error();
  const FunctionType actual = type_of_function(state.object(), (*record)->index);
  if (actual != type) {
    return Error(ErrorKind::kExport, fmt::format("{} is a function {}, not {}", name,
                                                 to_string(actual), to_string(type)));
  }
  return state.found_function((*record)->index);
}

Result<void> call_function(const FoundFunction& function, std::uint64_t* words,
                           std::size_t num_params, std::size_t num_results) {
  return function.state->call(function.generation, {function.entry}, words, num_params,
                              num_results);
}

}  // namespace detail

bool Interrupter::interrupt() const noexcept {
  const std::shared_ptr<detail::InstanceState> state = state_.lock();
  return state != nullptr && state->interrupt(generation_);
}

Result<Instance> Instance::create(const Module& module, const Imports& imports,
                                  const Limits& limits) {
  Result<std::shared_ptr<detail::InstanceState>> state =
      detail::InstanceState::create(module, imports, limits);
  if (!state.ok()) return state.error();
  return Instance(std::move(state).value());
}

Interrupter Instance::interrupter() const noexcept {
  return {state_, state_->generation()};
}

Instance& Instance::operator=(Instance&& other) noexcept {
  if (this == &other) return *this;
  if (state_ != nullptr) state_->close();
  state_ = std::move(other.state_);
  return *this;
}

Instance::~Instance() {
  if (state_ != nullptr) state_->close();
}

Result<std::vector<Value>> Instance::call(std::string_view name, std::span<const Value> arguments) {
  // Counted: the handle may be gone behind the call.
  const std::shared_ptr<detail::InstanceState> state = state_;
  const Result<const vmabi::ExportRecord*> record = find(*state, name, Kind::kFunction);
  if (!record.ok()) return record.error();
  const FunctionType type = detail::type_of_function(state->object(), (*record)->index);
  FunctionType given{.params = {}, .results = type.results};
  for (const Value& argument : arguments)
    given.params.push_back(argument.type());
  if (given != type) {
    return Error(ErrorKind::kExport, fmt::format("{} is a function {}, not {}", name,
                                                 to_string(type), to_string(given)));
  }
  const std::size_t num_params = detail::num_words(type.params);
  const std::size_t num_results = detail::num_words(type.results);
  std::vector<std::uint64_t> words(std::max(num_params, num_results));
  detail::store_values(arguments, words.data());
  const Result<detail::FoundFunction> found = state->found_function((*record)->index);
  if (!found.ok()) return found.error();
  const Result<void> done = detail::call_function(*found, words.data(), num_params, num_results);
  if (!done.ok()) return done.error();
  return detail::values_of(type.results, words.data());
}

Result<Memory> Instance::memory(std::string_view name) const {
  const Result<const vmabi::ExportRecord*> record = find(*state_, name, Kind::kMemory);
  if (!record.ok()) return record.error();
  if ((*record)->index != 0 || state_->memory_of(state_->generation()) == nullptr) {
    return Error(ErrorKind::kExport,
                 fmt::format("{} is not the first memory, or has 64-bit addresses", name));
  }
  return state_->owned_memory();
}

Result<Value> Instance::global(std::string_view name) const {
  const Result<const vmabi::ExportRecord*> record = find(*state_, name, Kind::kGlobal);
  if (!record.ok()) return record.error();
  const vmabi::GlobalRecord& global = state_->object().globals()[(*record)->index];
  const auto type = static_cast<ValueType>(global.value);
  if (global.first_word == vmabi::kNoIndex) return constant(type, global.init);
  std::array<std::uint64_t, 2> words{state_->thread().global_word(global.first_word), 0};
  if (type == ValueType::kV128) words[1] = state_->thread().global_word(global.first_word + 1);
  return detail::values_of({&type, 1}, words.data()).front();
}

Result<void> Instance::set_global(std::string_view name, const Value& value) {
  const Result<const vmabi::ExportRecord*> record = find(*state_, name, Kind::kGlobal);
  if (!record.ok()) return record.error();
  const vmabi::GlobalRecord& global = state_->object().globals()[(*record)->index];
  const auto type = static_cast<ValueType>(global.value);
  if (global.is_mutable == 0 || type != value.type()) {
    return Error(ErrorKind::kExport,
                 fmt::format("{} is {} {} global, not a mutable {}", name,
                             global.is_mutable == 0 ? "an immutable" : "a mutable", to_string(type),
                             to_string(value.type())));
  }
  state_->thread().set_global_word(global.first_word, value.words()[0]);
  if (type == ValueType::kV128) {
    state_->thread().set_global_word(global.first_word + 1, value.words()[1]);
  }
  return {};
}

Result<std::uint64_t> Instance::table_size(std::string_view name) const {
  const Result<const vmabi::ExportRecord*> record = find(*state_, name, Kind::kTable);
  if (!record.ok()) return record.error();
  return state_->instance().table_size((*record)->index);
}

void Instance::set_user_data(void* data) noexcept {
  state_->set_user_data(data);
}

}  // namespace lind::embed
