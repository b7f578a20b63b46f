#include <linux/futex.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/units.h"
#include "host/time.h"
#include "runtime/guest_copy_internal.h"
#include "runtime/raw_unsafe.h"
#include "runtime/thread_state_internal.h"

namespace lind::runtime {
namespace {

using State = Thread::State;
using vmabi::TrapCode;

// An i32 in a 64-bit register has undefined upper bits.
std::uint32_t u32(std::uint64_t argument) {
  return static_cast<std::uint32_t>(argument);
}

constexpr std::uint64_t kFailed = ~std::uint64_t{0};  // -1 in both widths

// Bytes that bulk operations may name: memory.size in exact mode, all addresses in a Lind program.
// Code of a module without a memory calls none of them; but machine code is not trusted.
std::uint64_t limit_of(const State& state, std::uint32_t memory = 0) {
  if (memory >= state.program().object().memories().size()) return 0;
  return state.instance_state().limit_of_memory(memory);
}

Outcome memory_fault(std::uint64_t address) {
  Outcome outcome = Outcome::trap(TrapCode::k_out_of_bounds_memory);
  outcome.fault.kind = Fault::Kind::kMemory;
  outcome.fault.address = address;
  return outcome;
}

// A copy inside the limit that met a page without access; the fault handler noted where.
Outcome copy_fault() {
  return memory_fault(scratch(Scratch::kFaultAddress) - lind_thread_block.memory_base);
}

// Indices are constants in compiled code; but machine code is not trusted more than a guest.
bool has_table(const State& state, std::uint64_t index) {
  return u32(index) < state.program().object().tables().size();
}
bool has_memory(const State& state, std::uint64_t index) {
  return u32(index) < state.program().object().memories().size();
}
bool has_data(const State& state, std::uint64_t segment) {
  return u32(segment) < state.program().object().data().size();
}
bool has_elem(const State& state, std::uint64_t segment) {
  return u32(segment) < state.program().object().elems().size();
}
Outcome no_such_table() {
  return Outcome::trap(TrapCode::k_out_of_bounds_table);
}
Outcome no_such_segment() {
  return Outcome::trap(TrapCode::k_out_of_bounds_memory);
}

Outcome trap_or_nothing(const Result<void, TrapCode>& done) {
  return done.ok() ? Outcome::of(0) : Outcome::trap(done.error());
}

}  // namespace

Outcome Builtins::after_call(State& state, TrapCode code) {
  if (code == TrapCode::k_uncaught_exception) return throw_in_caller(state);
  return code == TrapCode::kNone ? Outcome::of(0) : Outcome::trap(code);
}

Outcome Builtins::run_syscall(State& state, BuiltinArguments& arguments) {
  const std::int64_t result = make_syscall(
      state, arguments[0],
      {arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]});
  if (result == kRestart) return Outcome::interrupted(Outcome::Kind::kAgain);
  if (result == kRestartNoHandler) {
    return Outcome::interrupted(Outcome::Kind::kAgainNoHandler);
  }
  return Outcome::of(static_cast<std::uint64_t>(result));
}

Outcome Builtins::run_call_import(State& state, BuiltinArguments& arguments) {
  return after_call(state, state.supervisor.call_import(state.thread, u32(arguments[0])));
}

// --- memory -------------------------------------------------------------------------------------

namespace {

Outcome grow_memory(State& state, std::uint32_t index, std::uint64_t delta_pages) {
  const auto& memories = state.instance_state().memories;
  if (index >= memories.size()) return Outcome::of(kFailed);
  const Result<std::uint64_t> old_pages = memories[index] != nullptr
                                              ? memories[index]->grow(delta_pages)
                                              : state.instance->memory().grow(delta_pages);
  return Outcome::of(old_pages.ok() ? old_pages.value() : kFailed);
}

}  // namespace

Outcome Builtins::run_memory_grow(State& state, BuiltinArguments& arguments) {
  return grow_memory(state, 0, u32(arguments[0]));
}

Outcome Builtins::run_memory_copy(State& state, BuiltinArguments& arguments) {
  const std::uint64_t dst = u32(arguments[0]);
  const std::uint64_t src = u32(arguments[1]);
  const std::uint64_t num_bytes = u32(arguments[2]);
  const std::uint64_t limit = limit_of(state);
  if (!range_fits(dst, num_bytes, limit) || !range_fits(src, num_bytes, limit)) {
    return Outcome::trap(TrapCode::k_out_of_bounds_memory);
  }
  AddressSpace& memory = state.instance->memory();
  if (!memory.move(GuestAddr{dst}, GuestAddr{src}, num_bytes).ok()) return copy_fault();
  return Outcome::of(0);
}

Outcome Builtins::run_memory_fill(State& state, BuiltinArguments& arguments) {
  const std::uint64_t dst = u32(arguments[0]);
  const std::uint64_t num_bytes = u32(arguments[2]);
  if (!range_fits(dst, num_bytes, limit_of(state))) {
    return Outcome::trap(TrapCode::k_out_of_bounds_memory);
  }
  const auto value = static_cast<std::byte>(arguments[1] & 0xff);
  if (!state.instance->memory().fill(GuestAddr{dst}, value, num_bytes).ok()) return copy_fault();
  return Outcome::of(0);
}

Outcome Builtins::run_memory_init(State& state, BuiltinArguments& arguments) {
  if (!has_memory(state, 0) || !has_data(state, arguments[0])) return no_such_segment();
  Instance::State& instance = state.instance_state();
  const std::uint32_t dst = u32(arguments[1]);
  const auto done =
      instance.memory_init(0, u32(arguments[0]), dst, u32(arguments[2]), u32(arguments[3]));
  if (done.ok()) return Outcome::of(0);
  // In a Lind program protection decides: the guest's SIGSEGV.  Bounds of the segment are wasm's.
  return instance.exact() ? Outcome::trap(done.error()) : memory_fault(dst);
}

// Further memories and those with 64-bit addresses.  Limits are WebAssembly's, so no page without
// access is met; a fault is one of the host (no memory left for a page).

Outcome Builtins::run_wide_memory_grow(State& state, BuiltinArguments& arguments) {
  return grow_memory(state, u32(arguments[0]), arguments[1]);
}

Outcome Builtins::run_wide_memory_copy(State& state, BuiltinArguments& arguments) {
  const std::uint32_t to = u32(arguments[0]);
  const std::uint32_t from = u32(arguments[1]);
  const std::uint64_t dst = arguments[2];
  const std::uint64_t src = arguments[3];
  const std::uint64_t num_bytes = arguments[4];
  if (!has_memory(state, to) || !has_memory(state, from) ||
      !range_fits(dst, num_bytes, limit_of(state, to)) ||
      !range_fits(src, num_bytes, limit_of(state, from))) {
    return Outcome::trap(TrapCode::k_out_of_bounds_memory);
  }
  const Instance::State& instance = state.instance_state();
  std::byte* const target = instance.start_of_memory(to) + dst;
  const std::byte* const source = instance.start_of_memory(from) + src;
  const bool is_upwards = to == from && dst > src;
  const int fault = is_upwards ? lind_copy_backward(target, source, num_bytes)
                               : lind_copy_forward(target, source, num_bytes);
  return fault == 0 ? Outcome::of(0) : copy_fault();
}

Outcome Builtins::run_wide_memory_fill(State& state, BuiltinArguments& arguments) {
  const std::uint32_t memory = u32(arguments[0]);
  if (!has_memory(state, memory) ||
      !range_fits(arguments[1], arguments[3], limit_of(state, memory))) {
    return Outcome::trap(TrapCode::k_out_of_bounds_memory);
  }
  const int fault = lind_copy_fill(state.instance_state().start_of_memory(memory) + arguments[1],
                                   static_cast<int>(arguments[2] & 0xff), arguments[3]);
  return fault == 0 ? Outcome::of(0) : copy_fault();
}

Outcome Builtins::run_wide_memory_init(State& state, BuiltinArguments& arguments) {
  if (!has_memory(state, arguments[0]) || !has_data(state, arguments[1])) {
    return no_such_segment();
  }
  return trap_or_nothing(state.instance_state().memory_init(
      u32(arguments[0]), u32(arguments[1]), arguments[2], u32(arguments[3]), u32(arguments[4])));
}

Outcome Builtins::run_data_drop(State& state, BuiltinArguments& arguments) {
  if (!has_data(state, arguments[0])) return no_such_segment();
  Instance::State& instance = state.instance_state();
  const MutexLock lock(instance.mu);
  instance.data_dropped[u32(arguments[0])] = true;
  return Outcome::of(0);
}

// --- waiting
// --------------------------------------------------------------------------------------

namespace {

// Results of memory.atomic.wait.
constexpr std::uint64_t kWoken = 0;
constexpr std::uint64_t kNotEqual = 1;
constexpr std::uint64_t kTimedOut = 2;

std::optional<Outcome> refuse_atomic(const State& state, std::uint32_t memory,
                                     std::uint64_t address, std::uint64_t num_bytes) {
  if (!range_fits(address, num_bytes, limit_of(state, memory))) {
    return Outcome::trap(TrapCode::k_out_of_bounds_memory);
  }
  if (!is_aligned(address, num_bytes)) return Outcome::trap(TrapCode::k_unaligned_atomic);
  return std::nullopt;
}

std::optional<Outcome> refuse_wait(const State& state, std::uint32_t memory, std::uint64_t address,
                                   std::uint64_t num_bytes) {
  if (auto refused = refuse_atomic(state, memory, address, num_bytes)) return refused;
  if (state.program().object().memories()[memory].shared == 0) {
    return Outcome::trap(TrapCode::k_expected_shared_memory);
  }
  return std::nullopt;
}

/// Where a thread waits.
struct WaitPlace {
  std::uint32_t memory;
  std::uint64_t address;
};

// For the host kernel alone.  Requires: inside the memory's limit and aligned.
std::byte* futex_word(const State& state, const WaitPlace& place) {
  return state.instance_state().start_of_memory(place.memory) + place.address;
}

// A memory that several instances see is mapped in several places; the kernel must look at the page
// behind it, not at its address.
int futex_flags(const State& state, const WaitPlace& place) {
  return state.instance_state().memories[place.memory] != nullptr ? 0 : FUTEX_PRIVATE_FLAG;
}

// Sleeps while the word holds `expected`, at most `timeout_ns` (for ever if negative).
Outcome wait_on_word(State& state, const WaitPlace& place, std::uint32_t expected,
                     std::uint64_t& timeout) {
  const auto timeout_ns = static_cast<std::int64_t>(timeout);
  const std::int64_t deadline_ns = timeout_ns < 0 ? 0 : host::deadline_after(timeout_ns);
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec deadline{.tv_sec = deadline_ns / kSecond, .tv_nsec = deadline_ns % kSecond};
  const auto operation = static_cast<std::uint64_t>(FUTEX_WAIT_BITSET | futex_flags(state, place));
  const Result<std::int64_t> slept = state.thread.blocking_wait(
      SYS_futex, {address_of(futex_word(state, place)), operation, expected,
                  timeout_ns < 0 ? 0 : address_of(&deadline), 0, FUTEX_BITSET_MATCH_ANY});
  if (slept.ok()) return Outcome::of(kWoken);
  if (slept.error() == uapi::Errno::kEAGAIN) return Outcome::of(kNotEqual);
  if (slept.error() == uapi::Errno::kETIMEDOUT) return Outcome::of(kTimedOut);
  if (slept.error() == uapi::Errno::kEFAULT) return memory_fault(place.address);
  // Made again behind the signal, with what is left of the time.
  if (timeout_ns >= 0) {
    timeout =
        static_cast<std::uint64_t>(std::max<std::int64_t>(deadline_ns - host::monotonic_ns(), 0));
  }
  return Outcome::interrupted(Outcome::Kind::kInterrupted);
}

Outcome wait32(State& state, const WaitPlace& place, std::uint64_t expected,
               std::uint64_t& timeout) {
  constexpr std::uint64_t kBytes = sizeof(std::uint32_t);
  if (const auto refused = refuse_wait(state, place.memory, place.address, kBytes)) return *refused;
  return wait_on_word(state, place, u32(expected), timeout);
}

// Linux has no 64-bit futex: the low word stands for the value.  Whoever changes only the high word
// between the comparison and the sleep, and notifies before the sleep, is missed.
Outcome wait64(State& state, const WaitPlace& place, std::uint64_t expected,
               std::uint64_t& timeout) {
  std::uint64_t value = 0;
  if (const auto refused = refuse_wait(state, place.memory, place.address, sizeof(value))) {
    return *refused;
  }
  if (lind_copy_forward(&value, futex_word(state, place), sizeof(value)) != 0) return copy_fault();
  if (value != expected) return Outcome::of(kNotEqual);
  return wait_on_word(state, place, u32(value), timeout);
}

Outcome notify(State& state, const WaitPlace& place, std::uint64_t wanted) {
  constexpr std::uint64_t kBytes = sizeof(std::uint32_t);
  if (const auto refused = refuse_atomic(state, place.memory, place.address, kBytes)) {
    return *refused;
  }
  const std::uint32_t count = std::min<std::uint32_t>(u32(wanted), 0x7fffffff);
  const std::int64_t woken =
      count == 0 ? 0
                 : ::syscall(SYS_futex, futex_word(state, place),
                             FUTEX_WAKE | futex_flags(state, place), count, nullptr, nullptr, 0);
  return Outcome::of(static_cast<std::uint64_t>(std::max<std::int64_t>(woken, 0)));
}

}  // namespace

Outcome Builtins::run_memory_wait32(State& state, BuiltinArguments& arguments) {
  return wait32(state, {0, u32(arguments[0])}, arguments[1], arguments[2]);
}

Outcome Builtins::run_memory_wait64(State& state, BuiltinArguments& arguments) {
  return wait64(state, {0, u32(arguments[0])}, arguments[1], arguments[2]);
}

Outcome Builtins::run_memory_notify(State& state, BuiltinArguments& arguments) {
  return notify(state, {0, u32(arguments[0])}, arguments[1]);
}

Outcome Builtins::run_wide_memory_wait32(State& state, BuiltinArguments& arguments) {
  return wait32(state, {u32(arguments[0]), arguments[1]}, arguments[2], arguments[3]);
}

Outcome Builtins::run_wide_memory_wait64(State& state, BuiltinArguments& arguments) {
  return wait64(state, {u32(arguments[0]), arguments[1]}, arguments[2], arguments[3]);
}

Outcome Builtins::run_wide_memory_notify(State& state, BuiltinArguments& arguments) {
  return notify(state, {u32(arguments[0]), arguments[1]}, arguments[2]);
}

// --- tables
// ---------------------------------------------------------------------------------------

Outcome Builtins::run_table_get(State& state, BuiltinArguments& arguments) {
  if (!has_table(state, arguments[0])) return no_such_table();
  Instance::State& instance = state.instance_state();
  const MutexLock lock(instance.mu);
  const std::uint32_t table = u32(arguments[0]);
  const std::uint32_t index = u32(arguments[1]);
  if (index >= instance.tables[table]->references.size()) {
    return Outcome::trap(TrapCode::k_out_of_bounds_table);
  }
  return Outcome::of(instance.load_locked(table, index));
}

Outcome Builtins::run_table_set(State& state, BuiltinArguments& arguments) {
  BuiltinArguments fill{arguments[0], arguments[1], arguments[2], 1};
  return run_table_fill(state, fill);
}

Outcome Builtins::run_table_grow(State& state, BuiltinArguments& arguments) {
  if (!has_table(state, arguments[0])) return no_such_table();
  Instance::State& instance = state.instance_state();
  const MutexLock lock(instance.mu);
  const std::optional<std::uint64_t> old_size =
      instance.grow_locked(u32(arguments[0]), u32(arguments[2]), arguments[1]);
  return Outcome::of(old_size.value_or(kFailed));
}

Outcome Builtins::run_table_fill(State& state, BuiltinArguments& arguments) {
  if (!has_table(state, arguments[0])) return no_such_table();
  Instance::State& instance = state.instance_state();
  const std::uint32_t table = u32(arguments[0]);
  const std::uint32_t start = u32(arguments[1]);
  const std::uint32_t entries = u32(arguments[3]);
  const MutexLock lock(instance.mu);
  if (!range_fits<std::uint64_t>(start, entries, instance.tables[table]->references.size())) {
    return Outcome::trap(TrapCode::k_out_of_bounds_table);
  }
  const std::vector<std::uint64_t> references(entries, arguments[2]);
  instance.store_locked(table, start, references);
  return Outcome::of(0);
}

Outcome Builtins::run_table_copy(State& state, BuiltinArguments& arguments) {
  if (!has_table(state, arguments[0]) || !has_table(state, arguments[1])) {
    return no_such_table();
  }
  Instance::State& instance = state.instance_state();
  const std::uint32_t target = u32(arguments[0]);
  const std::uint32_t source = u32(arguments[1]);
  const std::uint32_t dst = u32(arguments[2]);
  const std::uint32_t src = u32(arguments[3]);
  const std::uint32_t entries = u32(arguments[4]);
  const MutexLock lock(instance.mu);
  if (!range_fits<std::uint64_t>(src, entries, instance.tables[source]->references.size()) ||
      !range_fits<std::uint64_t>(dst, entries, instance.tables[target]->references.size())) {
    return Outcome::trap(TrapCode::k_out_of_bounds_table);
  }
  std::vector<std::uint64_t> references;
  references.reserve(entries);
  for (std::uint32_t i = 0; i < entries; ++i)
    references.push_back(instance.load_locked(source, src + i));
  instance.store_locked(target, dst, references);
  return Outcome::of(0);
}

Outcome Builtins::run_table_init(State& state, BuiltinArguments& arguments) {
  if (!has_table(state, arguments[0]) || !has_elem(state, arguments[1])) {
    return no_such_table();
  }
  return trap_or_nothing(state.instance_state().table_init(u32(arguments[0]), u32(arguments[1]),
                                                           u32(arguments[2]), u32(arguments[3]),
                                                           u32(arguments[4])));
}

Outcome Builtins::run_elem_drop(State& state, BuiltinArguments& arguments) {
  if (!has_elem(state, arguments[0])) return no_such_table();
  Instance::State& instance = state.instance_state();
  const MutexLock lock(instance.mu);
  instance.elem_dropped[u32(arguments[0])] = true;
  return Outcome::of(0);
}

// The entry may have changed since compiled code looked at it.
Outcome Builtins::run_call_table(State& state, BuiltinArguments& arguments) {
  if (!has_table(state, arguments[0])) return no_such_table();
  Instance::State& instance = state.instance_state();
  std::uint64_t reference = vmabi::kNullReference;
  {
    const MutexLock lock(instance.mu);
    const Table& table = *instance.tables[u32(arguments[0])];
    const std::uint32_t index = u32(arguments[1]);
    if (index >= table.references.size()) return Outcome::trap(TrapCode::k_undefined_element);
    reference = table.references[index];
  }
  if (reference == vmabi::kNullReference) return Outcome::trap(TrapCode::k_uninitialized_element);
  const std::optional<FunctionHandle> callee =
      instance.store == nullptr ? std::nullopt : instance.store->find(reference);
  if (!callee) return Outcome::trap(TrapCode::k_indirect_call_type);
  const object::Object& object = callee->instance->program().object();
  const vmabi::FunctionRecord& function = object.functions()[to_u32(callee->function)];
  if (object.types()[function.type].id != u32(arguments[2])) {
    return Outcome::trap(TrapCode::k_indirect_call_type);
  }
  if (function.entry_offset == vmabi::kNoIndex) return Outcome::trap(TrapCode::k_bad_import);
  return after_call(state, state.supervisor.call_foreign(state.thread, *callee));
}

// --- tolerant indirect calls
// ------------------------------------------------------------------------

namespace {

// Where a function's first result is.
enum class ResultClass : std::uint8_t { kNone, kInteger, kVector };

ResultClass result_class(const object::Object& object, const vmabi::TypeRecord& type) {
  const std::span<const std::byte> results = object.bytes(type.results);
  if (results.empty()) return ResultClass::kNone;
  switch (static_cast<vmabi::ValueKind>(results.front())) {
    case vmabi::ValueKind::kF32:
    case vmabi::ValueKind::kF64:
    case vmabi::ValueKind::kV128:
      return ResultClass::kVector;
    case vmabi::ValueKind::kI32:
    case vmabi::ValueKind::kI64:
    case vmabi::ValueKind::kFuncRef:
    case vmabi::ValueKind::kExternRef:
    case vmabi::ValueKind::kExnRef:
      break;
  }
  return ResultClass::kInteger;
}

const vmabi::TypeRecord* find_type(const object::Object& object, std::uint32_t id) {
  const auto types = object.types();
  const auto found =
      std::find_if(types.begin(), types.end(), [id](const auto& type) { return type.id == id; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace

// Parameters are always tolerable: they are in registers and slots, where a callee finds something.
Outcome Builtins::run_indirect_mismatch(State& state, BuiltinArguments& arguments) {
  if (u32(arguments[1]) == 0) return Outcome::trap(TrapCode::k_uninitialized_element);
  const object::Object& object = state.program().object();
  const vmabi::TypeRecord* const expected = find_type(object, u32(arguments[0]));
  const vmabi::TypeRecord* const found = find_type(object, u32(arguments[1]));
  if (state.instance_state().exact() || expected == nullptr || found == nullptr) {
    return Outcome::trap(TrapCode::k_indirect_call_type);
  }
  const ResultClass wanted = result_class(object, *expected);
  const ResultClass given = result_class(object, *found);
  if (wanted != ResultClass::kNone && given != ResultClass::kNone && wanted != given) {
    return Outcome::trap(TrapCode::k_indirect_call_type);
  }
  return Outcome::of(given == ResultClass::kNone ? 0 : 1);
}

}  // namespace lind::runtime
