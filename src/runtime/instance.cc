#include "runtime/instance.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/checked.h"
#include "runtime/instance_state_internal.h"
#include "vmabi/builtins.h"

namespace lind::runtime {
namespace {

using vmabi::TrapCode;

Error trap_error(TrapCode code) {
  return Error(std::string(vmabi::trap_message(code)));
}

bool is_function_table(const vmabi::TableRecord& table) {
  return table.element == static_cast<std::uint32_t>(vmabi::ValueKind::kFuncRef);
}

// A table without a window (externref) exists in the host alone.
std::optional<AddressSpace::TableWindow> table_window(std::uint32_t index,
                                                      const vmabi::TableRecord& record) {
  if (!is_function_table(record) || record.capacity == 0) return std::nullopt;
  // Compiled code masks an index to the next power of two before it compares it.
  return AddressSpace::TableWindow{.index = index,
                                   .window_offset = record.window_offset,
                                   .capacity = std::bit_ceil(std::uint64_t{record.capacity})};
}

// The windows of a memory that was made elsewhere.
ErrorOr<void> commit_tables(AddressSpace& memory, const object::Object& object) {
  for (std::uint32_t i = 0; i < object.tables().size(); ++i) {
    const auto window = table_window(i, object.tables()[i]);
    if (!window) continue;
    const Result<void> committed = memory.commit_table(*window);
    if (!committed.ok()) {
      return host_error(fmt::format("window of table {}", i), static_cast<int>(committed.error()));
    }
  }
  return {};
}

ErrorOr<std::shared_ptr<AddressSpace>> make_memory(const object::Object& object,
                                                   std::shared_ptr<AddressSpace> imported) {
  if (imported != nullptr) {
    LIND_TRY(commit_tables(*imported, object));
    return imported;
  }
  if (object.memories().size() > 1) {
    return Error(
        fmt::format("the module has {} memories, one is supported", object.memories().size()));
  }
  AddressSpace::Options options;
  const bool lind = (object.header().flags & vmabi::kFlagLindProgram) != 0;
  options.kind = lind ? AddressSpace::Kind::kPosix : AddressSpace::Kind::kWasm;
  options.max_pages = 0;
  if (!object.memories().empty()) {
    const vmabi::MemoryRecord& memory = object.memories().front();
    options.initial_pages = memory.initial;
    options.max_pages = std::min<std::uint64_t>(memory.declared_max, 65536);
  }
  for (std::uint32_t i = 0; i < object.tables().size(); ++i) {
    if (const auto window = table_window(i, object.tables()[i])) options.tables.push_back(*window);
  }
  Result<std::shared_ptr<AddressSpace>> made = AddressSpace::create(options);
  if (!made.ok()) {
    return host_error(fmt::format("making a memory of {} pages", options.initial_pages),
                      static_cast<int>(made.error()));
  }
  return std::move(made).value();
}

std::uint64_t compute(vmabi::ConstOp op, std::uint64_t left, std::uint64_t right) {
  switch (op) {
    case vmabi::ConstOp::kI32Add:
      return static_cast<std::uint32_t>(left + right);
    case vmabi::ConstOp::kI32Sub:
      return static_cast<std::uint32_t>(left - right);
    case vmabi::ConstOp::kI32Mul:
      return static_cast<std::uint32_t>(left * right);
    case vmabi::ConstOp::kI64Add:
      return left + right;
    case vmabi::ConstOp::kI64Sub:
      return left - right;
    case vmabi::ConstOp::kI64Mul:
      return left * right;
    case vmabi::ConstOp::kI32:
    case vmabi::ConstOp::kI64:
    case vmabi::ConstOp::kGlobal:
      break;
  }
  LIND_CHECK(false);
}

ErrorOr<Table> make_table(AddressSpace& memory, std::uint32_t index,
                          const vmabi::TableRecord& record) {
  constexpr std::uint32_t kMaxHostEntries = 10'000'000;
  Table table;
  table.has_window = is_function_table(record);
  const std::uint32_t capacity = table.has_window ? record.capacity : kMaxHostEntries;
  table.max_entries = std::min(record.declared_max, capacity);
  if (record.initial > capacity) {
    return Error(
        fmt::format("table {} has {} entries, the limit is {}", index, record.initial, capacity));
  }
  table.references.assign(record.initial, vmabi::kNullReference);
  if (index < vmabi::kMaxTables) memory.set_table_size(index, record.initial);
  return table;
}

}  // namespace

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::~Instance() = default;

ErrorOr<std::shared_ptr<Instance>> Instance::create(std::shared_ptr<const Program> program,
                                                    const ImportValues& imports) {
  const object::Object& object = program->object();
  auto owned = std::make_unique<State>();
  State& state = *owned;
  state.program = std::move(program);
  state.memory = LIND_TRY(make_memory(object, imports.memory));
  std::shared_ptr<Instance> instance(new Instance(std::move(owned)));

  state.initial_globals.assign(object.header().num_global_words, 0);
  std::size_t next_import = 0;
  const auto num_imported = static_cast<std::size_t>(
      std::count_if(object.imports().begin(), object.imports().end(), [](const auto& import) {
        return import.kind == static_cast<std::uint32_t>(vmabi::ExternKind::kGlobal);
      }));
  if (imports.globals.size() < num_imported) {
    return Error(fmt::format("the module imports {} globals, {} were given", num_imported,
                             imports.globals.size()));
  }
  for (const vmabi::GlobalRecord& global : object.globals()) {
    std::pair<std::uint64_t, std::uint64_t> value;
    if (next_import < num_imported) {
      value = imports.globals[next_import++];
    } else {
      value = {state.evaluate(global.init), global.init.high};
    }
    if (global.first_word == vmabi::kNoIndex) continue;  // a constant in the code
    state.initial_globals[global.first_word] = value.first;
    if (global.value == static_cast<std::uint32_t>(vmabi::ValueKind::kV128)) {
      state.initial_globals[global.first_word + 1] = value.second;
    }
  }
  if (object.tables().size() > vmabi::kMaxTables) {
    return Error(
        fmt::format("{} tables, the limit is {}", object.tables().size(), vmabi::kMaxTables));
  }
  {
    const MutexLock lock(state.mu);
    for (std::uint32_t i = 0; i < object.tables().size(); ++i) {
      state.tables.push_back(LIND_TRY(make_table(*state.memory, i, object.tables()[i])));
    }
    state.data_dropped.assign(object.data().size(), false);
    state.elem_dropped.assign(object.elems().size(), false);
  }
  for (std::uint32_t i = 0; i < object.elems().size(); ++i) {
    const vmabi::ElemRecord& elem = object.elems()[i];
    if (elem.mode == static_cast<std::uint32_t>(vmabi::SegmentMode::kActive)) {
      const auto offset = static_cast<std::uint32_t>(state.evaluate(elem.offset));
      const auto done = state.table_init(elem.table, i, offset, 0, elem.num_items);
      if (!done.ok()) return trap_error(done.error());
    }
    const MutexLock lock(state.mu);
    if (elem.mode != static_cast<std::uint32_t>(vmabi::SegmentMode::kPassive)) {
      state.elem_dropped[i] = true;
    }
  }
  for (std::uint32_t i = 0; i < object.data().size(); ++i) {
    const vmabi::DataRecord& data = object.data()[i];
    if (data.mode != static_cast<std::uint32_t>(vmabi::SegmentMode::kActive)) continue;
    const auto offset = static_cast<std::uint32_t>(state.evaluate(data.offset));
    const auto done = state.memory_init(i, offset, 0, data.bytes.size);
    if (!done.ok()) return trap_error(done.error());
    const MutexLock lock(state.mu);
    state.data_dropped[i] = true;
  }
  state.signal_entry = instance->find_function("lind_signal_entry");
  return instance;
}

Result<std::shared_ptr<Instance>> Instance::fork(OtherWriters writers) const {
  auto owned = std::make_unique<State>();
  State& child = *owned;
  child.program = state_->program;
  child.initial_globals = state_->initial_globals;
  child.signal_entry = state_->signal_entry;
  {
    // Held over the copy of the memory, so that window and references of a table agree.
    const MutexLock lock(state_->mu);
    child.memory = LIND_TRY(state_->memory->fork(writers));
    const MutexLock child_lock(child.mu);
    child.tables = state_->tables;
    child.data_dropped = state_->data_dropped;
    child.elem_dropped = state_->elem_dropped;
  }
  return std::shared_ptr<Instance>(new Instance(std::move(owned)));
}

const Program& Instance::program() const noexcept {
  return *state_->program;
}
AddressSpace& Instance::memory() const noexcept {
  return *state_->memory;
}
std::shared_ptr<AddressSpace> Instance::shared_memory() const noexcept {
  return state_->memory;
}

std::optional<FuncIndex> Instance::find_function(std::string_view name) const {
  const object::Object& object = program().object();
  for (const vmabi::ExportRecord& record : object.exports()) {
    if (record.kind == static_cast<std::uint32_t>(vmabi::ExternKind::kFunction) &&
        object.text(record.name) == name) {
      return FuncIndex{record.index};
    }
  }
  return std::nullopt;
}

const vmabi::TypeRecord* Instance::table_function_type(std::uint32_t index) const {
  const object::Object& object = program().object();
  const MutexLock lock(state_->mu);
  if (state_->tables.empty() || index >= state_->tables.front().references.size()) return nullptr;
  const std::uint64_t reference = state_->tables.front().references[index];
  if (reference == vmabi::kNullReference || reference > object.functions().size()) return nullptr;
  return &object.types()[object.functions()[reference - 1].type];
}

bool Instance::State::exact() const {
  return (program->object().header().flags & vmabi::kFlagLindProgram) == 0;
}

std::uint64_t Instance::State::evaluate(const vmabi::ConstExpr& expr) const {
  switch (static_cast<vmabi::ConstKind>(expr.kind)) {
    case vmabi::ConstKind::kValue:
      return expr.low;
    case vmabi::ConstKind::kGlobal: {
      const vmabi::GlobalRecord& global = program->object().globals()[expr.index];
      // A constant's initial value is a value: the reader allows nothing else.
      return global.first_word == vmabi::kNoIndex ? global.init.low
                                                  : initial_globals[global.first_word];
    }
    case vmabi::ConstKind::kFunction:
      return std::uint64_t{expr.index} + 1;
    case vmabi::ConstKind::kNull:
      break;
    case vmabi::ConstKind::kSteps:
      return run_steps(program->object().const_steps().subspan(expr.index, expr.low));
  }
  return vmabi::kNullReference;
}

// The reader has seen that every step finds its operands and that one value is left.
std::uint64_t Instance::State::run_steps(std::span<const vmabi::ConstStepRecord> steps) const {
  std::vector<std::uint64_t> stack;
  for (const vmabi::ConstStepRecord& step : steps) {
    const auto op = static_cast<vmabi::ConstOp>(step.op);
    if (op == vmabi::ConstOp::kI32 || op == vmabi::ConstOp::kI64) {
      stack.push_back(step.value);
      continue;
    }
    if (op == vmabi::ConstOp::kGlobal) {
      stack.push_back(evaluate({.kind = static_cast<std::uint32_t>(vmabi::ConstKind::kGlobal),
                                .index = step.index,
                                .low = 0,
                                .high = 0}));
      continue;
    }
    const std::uint64_t right = stack.back();
    stack.pop_back();
    stack.back() = compute(op, stack.back(), right);
  }
  return stack.back();
}

vmabi::TableEntry Instance::State::call_entry(std::uint64_t reference) const {
  const std::span<const vmabi::FunctionRecord> functions = program->object().functions();
  // A reference from elsewhere than this module's own instructions may be any word.
  if (reference == vmabi::kNullReference || reference > functions.size()) return {0, 0};
  const vmabi::FunctionRecord& function = functions[reference - 1];
  return {function.code_offset, program->object().types()[function.type].id};
}

void Instance::State::store_locked(std::uint32_t table, std::uint64_t first,
                                   std::span<const std::uint64_t> references) {
  Table& target = tables[table];
  LIND_CHECK(range_fits<std::uint64_t>(first, references.size(), target.references.size()));
  for (std::size_t i = 0; i < references.size(); ++i) {
    target.references[first + i] = references[i];
    if (!target.has_window) continue;
    memory->set_table_entry(table, static_cast<std::uint32_t>(first + i),
                            call_entry(references[i]));
  }
}

std::vector<std::uint64_t> Instance::State::segment_items(std::uint32_t segment) const {
  const vmabi::ElemRecord& elem = program->object().elems()[segment];
  std::vector<std::uint64_t> items;
  items.reserve(elem.num_items);
  for (const vmabi::ConstExpr& item :
       program->object().elem_items().subspan(elem.first_item, elem.num_items)) {
    items.push_back(evaluate(item));
  }
  return items;
}

Result<void, TrapCode> Instance::State::table_init(std::uint32_t table, std::uint32_t segment,
                                                   std::uint32_t dst, std::uint32_t src,
                                                   std::uint32_t entries) {
  const MutexLock lock(mu);
  const std::uint64_t available =
      elem_dropped[segment] ? 0 : program->object().elems()[segment].num_items;
  if (!range_fits<std::uint64_t>(src, entries, available) ||
      !range_fits<std::uint64_t>(dst, entries, tables[table].references.size())) {
    return TrapCode::k_out_of_bounds_table;
  }
  if (entries == 0) return {};
  const std::vector<std::uint64_t> items = segment_items(segment);
  store_locked(table, dst, std::span(items).subspan(src, entries));
  return {};
}

Result<void, TrapCode> Instance::State::memory_init(std::uint32_t segment, std::uint32_t dst,
                                                    std::uint32_t src, std::uint32_t num_bytes) {
  std::span<const std::byte> bytes;
  {
    const MutexLock lock(mu);
    if (!data_dropped[segment]) {
      bytes = program->object().bytes(program->object().data()[segment].bytes);
    }
  }
  if (!range_fits<std::uint64_t>(src, num_bytes, bytes.size())) {
    return TrapCode::k_out_of_bounds_memory;
  }
  const std::uint64_t size = exact() ? memory->pages() * kWasmPageSize : vmabi::kGuestAddressBytes;
  if (!range_fits<std::uint64_t>(dst, num_bytes, size)) return TrapCode::k_out_of_bounds_memory;
  if (!memory->copy_out(GuestAddr{dst}, bytes.subspan(src, num_bytes)).ok()) {
    return TrapCode::k_out_of_bounds_memory;
  }
  return {};
}

}  // namespace lind::runtime
