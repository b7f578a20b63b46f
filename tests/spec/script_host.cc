#include "script_host.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "runtime/program.h"
#include "vmabi/object_format.h"

namespace lind::spec {
namespace {

using runtime::Fault;
using wasm::ValueType;

vmabi::TrapCode trap_of(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::kTrap:
      return fault.code;
    case Fault::Kind::kMemory:
    case Fault::Kind::kBus:
      return vmabi::TrapCode::k_out_of_bounds_memory;
    case Fault::Kind::kStack:
      return vmabi::TrapCode::k_stack_exhausted;
  }
  return vmabi::TrapCode::kNone;
}

// Values of 32 bits leave the upper half of their word open.
std::uint64_t significant(ValueType type, std::uint64_t word) {
  return type == ValueType::kI32 || type == ValueType::kF32 ? word & 0xffffffff : word;
}

std::vector<std::uint64_t> to_slots(const std::vector<ValueType>& types,
                                    std::span<const Words> values) {
  std::vector<std::uint64_t> slots;
  for (std::size_t i = 0; i < types.size(); ++i) {
    slots.push_back(values[i].low);
    if (num_words(types[i]) == 2) slots.push_back(values[i].high);
  }
  return slots;
}

std::vector<Words> from_slots(const std::vector<ValueType>& types,
                              std::span<const std::uint64_t> slots) {
  std::vector<Words> values;
  std::size_t next = 0;
  for (const ValueType type : types) {
    Words& words = values.emplace_back();
    words.low = significant(type, slots[next++]);
    if (num_words(type) == 2) words.high = slots[next++];
  }
  return values;
}

// References to functions of `from` become those of `to`.
void translate(const std::vector<ValueType>& types, std::vector<Words>& values,
               const runtime::Instance& from, const runtime::Instance& to) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (types[i] != ValueType::kFuncRef) continue;
    values[i].low = to.reference_for_own(from.reference_for_all(values[i].low));
  }
}

Words constant(const vmabi::ConstExpr& init) {
  switch (static_cast<vmabi::ConstKind>(init.kind)) {
    case vmabi::ConstKind::kValue:
      return {.low = init.low, .high = init.high};
    case vmabi::ConstKind::kFunction:
      return {.low = std::uint64_t{init.index} + 1};
    case vmabi::ConstKind::kGlobal:
    case vmabi::ConstKind::kNull:
    case vmabi::ConstKind::kSteps:
      return {};
  }
  return {};
}

}  // namespace

void ScriptHost::add(std::shared_ptr<Loaded> loaded) {
  by_program_[loaded->program.get()] = loaded.get();
  all_.push_back(std::move(loaded));
}

Loaded& ScriptHost::loaded_of(const runtime::Instance& instance) const {
  return *by_program_.at(&instance.program());
}

runtime::Thread& ScriptHost::thread_of(Loaded& loaded) {
  if (loaded.thread == nullptr) {
    auto thread = runtime::Thread::create(*this, loaded.instance);
    if (!thread.ok()) throw std::runtime_error("no memory for a thread");
    loaded.thread = std::move(thread).value();
  }
  return *loaded.thread;
}

Words ScriptHost::global(Loaded& loaded, std::uint32_t index) {
  const vmabi::GlobalRecord& record = loaded.program->object().globals()[index];
  if (record.first_word == vmabi::kNoIndex) return constant(record.init);
  const runtime::Thread& thread = thread_of(loaded);
  Words words{.low = thread.global_word(record.first_word)};
  if (num_words(loaded.module.globals[index].type.value) == 2) {
    words.high = thread.global_word(record.first_word + 1);
  }
  return words;
}

Outcome ScriptHost::invoke(Loaded& loaded, FuncIndex function, std::span<const Words> arguments) {
  const wasm::FuncType& type = loaded.module.type_of(to_u32(function));
  LIND_CHECK(arguments.size() == type.params.size());
  runtime::Thread& thread = thread_of(loaded);
  const std::vector<std::uint64_t> slots = to_slots(type.params, arguments);
  if (thread.run(function, slots) == runtime::Left::kAsked) {
    return {.trap = last_trap_, .results = {}};
  }
  return {.trap = std::nullopt, .results = from_slots(type.results, thread.results())};
}

std::int64_t ScriptHost::syscall(runtime::Thread& /*thread*/, std::int32_t /*number*/,
                                 const runtime::SyscallArgs& /*args*/) {
  return -ENOSYS;
}

vmabi::TrapCode ScriptHost::forward(runtime::Thread& thread,
                                    std::shared_ptr<runtime::Instance> target, FuncIndex function) {
  Loaded& callee = loaded_of(*target);
  // Of a module whose instantiation failed: what it put into tables lives on.
  if (callee.instance == nullptr) callee.instance = target;
  const wasm::FuncType& type = callee.module.type_of(to_u32(function));
  std::vector<Words> arguments = from_slots(type.params, thread.slots());
  translate(type.params, arguments, thread.instance(), *target);
  Outcome outcome = invoke(callee, function, arguments);
  if (outcome.trap == vmabi::TrapCode::k_uncaught_exception) {
    std::optional<runtime::Exception> thrown = callee.thread->take_thrown();
    if (thrown) thread.set_thrown(std::move(*thrown));
  }
  if (outcome.trap) return *outcome.trap;
  translate(type.results, outcome.results, *target, thread.instance());
  std::ranges::copy(to_slots(type.results, outcome.results), thread.slots().begin());
  return vmabi::TrapCode::kNone;
}

vmabi::TrapCode ScriptHost::call_import(runtime::Thread& thread, std::uint32_t import_index) {
  const Target& target = loaded_of(thread.instance()).function_target(import_index);
  return forward(thread, target.owner->instance, FuncIndex{target.index});
}

vmabi::TrapCode ScriptHost::call_foreign(runtime::Thread& thread,
                                         const runtime::FunctionHandle& callee) {
  return forward(thread, callee.instance, callee.function);
}

void ScriptHost::faulted(runtime::Thread& thread, const Fault& fault) {
  last_trap_ = trap_of(fault);
  thread.leave();
}

bool ScriptHost::take_signal(runtime::Thread& thread, runtime::SignalDelivery* /*out*/) {
  thread.clear_pending();
  return false;
}

void ScriptHost::signal_returned(runtime::Thread& /*thread*/, std::uint64_t /*restore_mask*/) {}

}  // namespace lind::spec
