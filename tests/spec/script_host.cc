#include "script_host.h"

#include <algorithm>
#include <cerrno>

#include "base/check.h"

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

}  // namespace

void ScriptHost::add(Loaded& loaded) {
  by_thread_[loaded.thread.get()] = &loaded;
}

Outcome ScriptHost::invoke(Loaded& loaded, FuncIndex function, std::span<const Words> arguments) {
  const wasm::FuncType& type = loaded.module.type_of(to_u32(function));
  LIND_CHECK(arguments.size() == type.params.size());
  const std::vector<std::uint64_t> slots = to_slots(type.params, arguments);
  if (loaded.thread->run(function, slots) == runtime::Left::kAsked) {
    return {.trap = last_trap_, .results = {}};
  }
  return {.trap = std::nullopt, .results = from_slots(type.results, loaded.thread->results())};
}

std::int64_t ScriptHost::syscall(runtime::Thread& /*thread*/, std::int32_t /*number*/,
                                 const runtime::SyscallArgs& /*args*/) {
  return -ENOSYS;
}

vmabi::TrapCode ScriptHost::call_import(runtime::Thread& thread, std::uint32_t import_index) {
  const Loaded& caller = *by_thread_.at(&thread);
  const Target& target = caller.function_target(import_index);
  const wasm::FuncType& type = caller.module.type_of(import_index);
  const std::vector<Words> arguments = from_slots(type.params, thread.slots());
  const Outcome outcome = invoke(*target.owner, FuncIndex{target.index}, arguments);
  if (outcome.trap) return *outcome.trap;
  std::ranges::copy(to_slots(type.results, outcome.results), thread.slots().begin());
  return vmabi::TrapCode::kNone;
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
