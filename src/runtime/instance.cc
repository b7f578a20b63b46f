#include "runtime/instance.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/checked.h"
#include "runtime/guest_copy_internal.h"
#include "runtime/instance_state_internal.h"
#include "vmabi/builtins.h"
#include "vmabi/type_id.h"

namespace lind::runtime {
namespace {

using vmabi::TrapCode;

bool is_wide(const vmabi::MemoryRecord& record) {
  return record.address == static_cast<std::uint32_t>(vmabi::ValueKind::kI64);
}

// Whether memory 0 is the address space itself: the common case, and the one that can fork.
bool is_own_memory(const object::Object& object, const ImportValues& imports) {
  return imports.store == nullptr && !is_wide(object.memories().front());
}

Error trap_error(TrapCode code) {
  return Error(std::string(vmabi::trap_message(code)));
}

bool is_function_table(const vmabi::TableRecord& table) {
  return table.element == static_cast<std::uint32_t>(vmabi::ValueKind::kFuncRef);
}

// A table without a window (of other references) exists in the host alone.
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

// How large a memory may become, in pages.
ErrorOr<std::uint64_t> allowed_pages(const vmabi::MemoryRecord& record, std::uint64_t max_pages,
                                     const ImportValues& imports) {
  const std::uint64_t allowed = imports.max_memory_pages;
  if (record.initial <= allowed) return std::min({record.declared_max, max_pages, allowed});
  return Error(fmt::format("the module begins with a memory of {} KiB, {} KiB are allowed",
                           record.initial * (kWasmPageSize / kKiB),
                           imports.max_memory_pages * (kWasmPageSize / kKiB)));
}

ErrorOr<std::shared_ptr<AddressSpace>> make_space(const object::Object& object,
                                                  const ImportValues& imports) {
  if (imports.memory != nullptr) {
    LIND_TRY(commit_tables(*imports.memory, object));
    return imports.memory;
  }
  AddressSpace::Options options;
  const bool lind = (object.header().flags & vmabi::kFlagLindProgram) != 0;
  options.kind = lind ? AddressSpace::Kind::kPosix : AddressSpace::Kind::kWasm;
  options.max_pages = 0;
  options.span_bytes = vmabi::memory_span(object.memories());
  if (!object.memories().empty() && is_own_memory(object, imports)) {
    const vmabi::MemoryRecord& memory = object.memories().front();
    options.initial_pages = memory.initial;
    options.max_pages = LIND_TRY(allowed_pages(memory, 65536, imports));
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

ErrorOr<std::shared_ptr<WasmMemory>> make_memory(const vmabi::MemoryRecord& record,
                                                 const ImportValues& imports) {
  const std::uint64_t max_pages = LIND_TRY(
      allowed_pages(record, (std::uint64_t{1} << record.address_bits) / kWasmPageSize, imports));
  Result<std::shared_ptr<WasmMemory>> made =
      WasmMemory::create({.initial_pages = record.initial,
                          .max_pages = max_pages,
                          .is_shared = record.shared != 0,
                          .has_wide_addresses = is_wide(record)});
  if (made.ok()) return std::move(made).value();
  return host_error(fmt::format("making a memory of {} pages", record.initial),
                    static_cast<int>(made.error()));
}

ErrorOr<void> check_imported(const WasmMemory& memory, const vmabi::MemoryRecord& record) {
  const WasmMemory::Options& options = memory.options();
  if (options.has_wide_addresses == is_wide(record) && options.is_shared == (record.shared != 0) &&
      memory.pages() >= record.initial &&
      options.max_pages <= (std::uint64_t{1} << record.address_bits) / kWasmPageSize) {
    return {};
  }
  return Error("incompatible import type of a memory");
}

// The memories that are not the address space's own.
ErrorOr<void> make_memories(Instance::State& state, const ImportValues& imports) {
  const object::Object& object = state.program->object();
  const std::span<const vmabi::MemoryRecord> records = object.memories();
  state.memories.resize(records.size());
  if (imports.memory != nullptr) {
    if (records.size() <= 1) return {};
    return Error("further memories beside a given one");
  }
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    if (i == 0 && is_own_memory(object, imports)) continue;
    if (i < imports.memories.size()) {
      LIND_TRY(check_imported(*imports.memories[i], records[i]));
      state.memories[i] = imports.memories[i];
    } else {
      state.memories[i] = LIND_TRY(make_memory(records[i], imports));
    }
    const Result<void> mapped = state.memories[i]->add_view(*state.memory, i, records[i].base);
    if (!mapped.ok()) {
      return host_error(fmt::format("mapping memory {}", i), static_cast<int>(mapped.error()));
    }
  }
  return {};
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

ErrorOr<std::shared_ptr<Table>> make_table(const vmabi::TableRecord& record, std::uint32_t index,
                                           std::uint32_t max_entries) {
  constexpr std::uint32_t kMaxHostEntries = 10'000'000;
  auto table = std::make_shared<Table>();
  table->holds_functions = is_function_table(record);
  table->holds_exceptions = record.element == static_cast<std::uint32_t>(vmabi::ValueKind::kExnRef);
  const std::uint32_t capacity = table->holds_functions ? record.capacity : kMaxHostEntries;
  table->max_entries = std::min({record.declared_max, capacity, max_entries});
  if (record.initial > capacity) {
    return Error(
        fmt::format("table {} has {} entries, the limit is {}", index, record.initial, capacity));
  }
  table->references.assign(record.initial, vmabi::kNullReference);
  return table;
}

// Imported tags first, then the instance's own.
ErrorOr<std::vector<std::shared_ptr<const Tag>>> make_tags(
    const object::Object& object, std::vector<std::shared_ptr<const Tag>> tags) {
  const std::size_t num_imported = static_cast<std::size_t>(
      std::ranges::count(object.imports(), static_cast<std::uint32_t>(vmabi::ExternKind::kTag),
                         &vmabi::ImportRecord::kind));
  if (tags.size() != num_imported) {
    return Error(
        fmt::format("the module imports {} tags, {} were given", num_imported, tags.size()));
  }
  for (const vmabi::TagRecord& record : object.tags().subspan(num_imported)) {
    Tag tag;
    for (const std::byte kind : object.bytes(object.types()[record.type].params)) {
      tag.num_words +=
          kind == std::byte{static_cast<std::uint8_t>(vmabi::ValueKind::kV128)} ? 2 : 1;
    }
    tags.push_back(std::make_shared<const Tag>(tag));
  }
  return tags;
}

std::optional<FuncIndex> find_uncaught_entry(const Instance& instance) {
  const std::optional<FuncIndex> found = instance.find_function("lind_uncaught_exception");
  if (!found) return std::nullopt;
  const object::Object& object = instance.program().object();
  const vmabi::TypeRecord& type = object.types()[object.functions()[to_u32(*found)].type];
  const std::span<const std::byte> params = object.bytes(type.params);
  constexpr auto kI32 = std::byte{static_cast<std::uint8_t>(vmabi::ValueKind::kI32)};
  const bool fits = params.size() == 1 && params.front() == kI32 && type.results.size == 0;
  return fits ? found : std::nullopt;
}

ErrorOr<void> make_tables(Instance::State& state, const ImportValues& imports) {
  const object::Object& object = state.program->object();
  if (object.tables().size() > vmabi::kMaxTables) {
    return Error(
        fmt::format("{} tables, the limit is {}", object.tables().size(), vmabi::kMaxTables));
  }
  const MutexLock lock(state.mu);
  for (std::uint32_t i = 0; i < object.tables().size(); ++i) {
    std::shared_ptr<Table> table;
    if (i < imports.tables.size()) {
      table = imports.tables[i];
    } else {
      table = LIND_TRY(make_table(object.tables()[i], i, imports.max_table_entries));
    }
    LIND_TRY(state.add_view(table, i));
    state.tables.push_back(std::move(table));
  }
  state.data_dropped.assign(object.data().size(), false);
  state.elem_dropped.assign(object.elems().size(), false);
  return {};
}

std::size_t num_imported_globals(const object::Object& object) {
  return static_cast<std::size_t>(
      std::count_if(object.imports().begin(), object.imports().end(), [](const auto& import) {
        return import.kind == static_cast<std::uint32_t>(vmabi::ExternKind::kGlobal);
      }));
}

bool is_exported_global(const object::Object& object, std::uint32_t index) {
  return std::ranges::any_of(object.exports(), [index](const vmabi::ExportRecord& record) {
    return record.kind == static_cast<std::uint32_t>(vmabi::ExternKind::kGlobal) &&
           record.index == index;
  });
}

// Gives a global its first value, or the cell that it shares.
ErrorOr<void> make_global(Instance::State& state, std::uint32_t index,
                          const ImportedGlobal* imported, const Store* store) {
  const object::Object& object = state.program->object();
  const vmabi::GlobalRecord& global = object.globals()[index];
  if (global.first_word == vmabi::kNoIndex) return {};  // a constant in the code
  const bool is_wide_value = global.value == static_cast<std::uint32_t>(vmabi::ValueKind::kV128);
  LinkedGlobal link{
      .first_word = global.first_word,
      .is_wide = is_wide_value,
      .holds_function = global.value == static_cast<std::uint32_t>(vmabi::ValueKind::kFuncRef),
      .cell = imported == nullptr ? nullptr : imported->cell};
  const bool is_linked = global.is_mutable != 0 && store != nullptr;
  if (is_linked && imported != nullptr && link.cell == nullptr) {
    return Error(fmt::format("global {} is mutable and imported without its cell", index));
  }
  std::uint64_t low = imported == nullptr ? state.evaluate(global.init) : imported->low;
  std::uint64_t high = imported == nullptr ? global.init.high : imported->high;
  if (imported != nullptr && link.holds_function) low = state.to_own(low);
  if (imported == nullptr && is_wide_value &&
      global.init.kind == static_cast<std::uint32_t>(vmabi::ConstKind::kGlobal)) {
    const std::uint32_t word = object.globals()[global.init.index].first_word;
    high = word == vmabi::kNoIndex ? object.globals()[global.init.index].init.high
                                   : state.initial_globals[word + 1];
  }
  state.initial_globals[global.first_word] = low;
  if (is_wide_value) state.initial_globals[global.first_word + 1] = high;
  if (!is_linked) return {};
  if (link.cell == nullptr && is_exported_global(object, index)) {
    link.cell = std::make_shared<GlobalCell>();
    link.cell->low = link.holds_function ? state.to_shared(low) : low;
    link.cell->high = high;
  }
  if (link.cell != nullptr) state.linked_globals.push_back(std::move(link));
  return {};
}

ErrorOr<void> make_globals(Instance::State& state, const ImportValues& imports) {
  const object::Object& object = state.program->object();
  state.initial_globals.assign(object.header().num_global_words, 0);
  const std::size_t num_imported = num_imported_globals(object);
  if (imports.globals.size() < num_imported) {
    return Error(fmt::format("the module imports {} globals, {} were given", num_imported,
                             imports.globals.size()));
  }
  for (std::uint32_t i = 0; i < object.globals().size(); ++i) {
    const ImportedGlobal* imported = i < num_imported ? &imports.globals[i] : nullptr;
    LIND_TRY(make_global(state, i, imported, imports.store));
  }
  return {};
}

// Where an active segment goes.  Only 32 bits of a word that holds an i32 mean something.
std::uint64_t segment_offset(const Instance::State& state, const vmabi::ConstExpr& offset,
                             std::uint32_t address) {
  const std::uint64_t value = state.evaluate(offset);
  return address == static_cast<std::uint32_t>(vmabi::ValueKind::kI64)
             ? value
             : static_cast<std::uint32_t>(value);
}

ErrorOr<void> apply_elements(Instance::State& state) {
  const object::Object& object = state.program->object();
  for (std::uint32_t i = 0; i < object.elems().size(); ++i) {
    const vmabi::ElemRecord& elem = object.elems()[i];
    if (elem.mode == static_cast<std::uint32_t>(vmabi::SegmentMode::kActive)) {
      const std::uint64_t offset =
          segment_offset(state, elem.offset, object.tables()[elem.table].address);
      const auto done = state.table_init(elem.table, i, offset, 0, elem.num_items);
      if (!done.ok()) return trap_error(done.error());
    }
    const MutexLock lock(state.mu);
    if (elem.mode != static_cast<std::uint32_t>(vmabi::SegmentMode::kPassive)) {
      state.elem_dropped[i] = true;
    }
  }
  return {};
}

ErrorOr<void> apply_data(Instance::State& state) {
  const object::Object& object = state.program->object();
  for (std::uint32_t i = 0; i < object.data().size(); ++i) {
    const vmabi::DataRecord& data = object.data()[i];
    if (data.mode != static_cast<std::uint32_t>(vmabi::SegmentMode::kActive)) continue;
    const std::uint64_t offset =
        segment_offset(state, data.offset, object.memories()[data.memory].address);
    const auto done = state.memory_init(data.memory, i, offset, 0, data.bytes.size);
    if (!done.ok()) return trap_error(done.error());
    const MutexLock lock(state.mu);
    state.data_dropped[i] = true;
  }
  return {};
}

}  // namespace

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::~Instance() = default;

Instance::State::~State() {
  for (const std::shared_ptr<WasmMemory>& each : memories) {
    if (each != nullptr) each->remove_view(*memory);
  }
}

ErrorOr<std::shared_ptr<Instance>> Instance::create(std::shared_ptr<const Program> program,
                                                    const ImportValues& imports) {
  const object::Object& object = program->object();
  auto owned = std::make_unique<State>(imports.store);
  State& state = *owned;
  state.program = std::move(program);
  state.memory = LIND_TRY(make_space(object, imports));
  state.tags = LIND_TRY(make_tags(object, imports.tags));
  std::shared_ptr<Instance> instance(new Instance(std::move(owned)));
  if (imports.store != nullptr) {
    state.first_function = imports.store->add(instance, object.functions().size());
  }
  LIND_TRY(make_memories(state, imports));
  LIND_TRY(make_globals(state, imports));
  LIND_TRY(make_tables(state, imports));
  LIND_TRY(apply_elements(state));
  LIND_TRY(apply_data(state));
  state.signal_entry = instance->find_function("lind_signal_entry");
  state.uncaught_entry = find_uncaught_entry(*instance);
  return instance;
}

Result<std::shared_ptr<Instance>> Instance::fork(OtherWriters writers) const {
  if (!state_->stands_alone()) return uapi::Errno::kENOSYS;
  auto child = std::make_unique<State>(nullptr);
  {
    // Held over the copy of the memory, so that window and references of a table agree.
    const MutexLock lock(state_->mu);
    child->memory = LIND_TRY(state_->memory->fork(writers));
    const MutexLock child_lock(child->mu);
    state_->copy_to(*child);
  }
  return std::shared_ptr<Instance>(new Instance(std::move(child)));
}

Result<std::shared_ptr<Instance>> Instance::clone() const {
  if (!state_->stands_alone()) return uapi::Errno::kENOSYS;
  auto child = std::make_unique<State>(nullptr);
  child->memory = LIND_TRY(state_->memory->clone());
  {
    const MutexLock lock(state_->mu);
    const MutexLock child_lock(child->mu);
    state_->copy_to(*child);
    for (const std::shared_ptr<Table>& table : child->tables)
      table->is_changed = false;
  }
  return std::shared_ptr<Instance>(new Instance(std::move(child)));
}

Result<void> Instance::reset_to(const Instance& image) {
  auto tables = AddressSpace::Tables::kSame;
  {
    const MutexLock image_lock(image.state_->mu);
    const MutexLock lock(state_->mu);
    for (std::size_t i = 0; i < state_->tables.size(); ++i) {
      Table& table = *state_->tables[i];
      if (!table.is_changed) continue;
      table.references = image.state_->tables[i]->references;
      table.is_changed = false;
      tables = AddressSpace::Tables::kChanged;
    }
    state_->data_dropped = image.state_->data_dropped;
    state_->elem_dropped = image.state_->elem_dropped;
  }
  return state_->memory->reset_to(*image.state_->memory, tables);
}

bool Instance::State::stands_alone() const noexcept {
  return store == nullptr &&
         std::ranges::all_of(memories, [](const auto& further) { return further == nullptr; });
}

void Instance::State::copy_to(State& child) const {
  child.program = program;
  child.initial_globals = initial_globals;
  child.signal_entry = signal_entry;
  child.memories.resize(memories.size());
  child.uncaught_entry = uncaught_entry;
  child.tags = tags;
  for (std::uint32_t i = 0; i < tables.size(); ++i) {
    auto table = std::make_shared<Table>(*tables[i]);
    table->views = {{&child, i}};
    child.tables.push_back(std::move(table));
  }
  child.data_dropped = data_dropped;
  child.elem_dropped = elem_dropped;
}

std::shared_ptr<Table> Instance::table(std::uint32_t index) const {
  const MutexLock lock(state_->mu);
  return state_->tables[index];
}

std::uint64_t Instance::table_size(std::uint32_t index) const {
  const MutexLock lock(state_->mu);
  return state_->tables[index]->references.size();
}

std::shared_ptr<WasmMemory> Instance::wasm_memory(std::uint32_t index) const {
  return state_->memories[index];
}

std::shared_ptr<GlobalCell> Instance::global_cell(std::uint32_t index) const {
  const std::uint32_t word = program().object().globals()[index].first_word;
  const auto& links = state_->linked_globals;
  const auto found = std::ranges::find(links, word, &LinkedGlobal::first_word);
  return found == links.end() ? nullptr : found->cell;
}

std::uint64_t Instance::reference_for_all(std::uint64_t reference) const noexcept {
  return state_->to_shared(reference);
}
std::uint64_t Instance::reference_for_own(std::uint64_t reference) const noexcept {
  return state_->to_own(reference);
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

std::shared_ptr<const Tag> Instance::tag(std::uint32_t index) const {
  LIND_CHECK(index < state_->tags.size());
  return state_->tags[index];
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
  if (state_->tables.empty() || index >= state_->tables.front()->references.size()) return nullptr;
  const std::uint64_t reference = state_->load_locked(0, index);
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

// --- what instances share -------------------------------------------------------------------

std::uint64_t Instance::State::to_shared(std::uint64_t reference) const noexcept {
  const std::size_t count = program->object().functions().size();
  if (store == nullptr || reference == vmabi::kNullReference || reference > count) {
    return reference;
  }
  return Store::for_all(first_function + reference - 1);
}

std::uint64_t Instance::State::to_own(std::uint64_t reference) const noexcept {
  const std::optional<std::uint64_t> number = Store::number_of(reference);
  const std::size_t count = program->object().functions().size();
  if (store == nullptr || !number || *number < first_function ||
      *number - first_function >= count) {
    return reference;
  }
  return *number - first_function + 1;
}

void Instance::State::publish_globals(std::span<const std::uint64_t> words) const noexcept {
  for (const LinkedGlobal& global : linked_globals) {
    const std::uint64_t low = words[global.first_word];
    global.cell->low = global.holds_function ? to_shared(low) : low;
    if (global.is_wide) global.cell->high = words[global.first_word + 1];
  }
}

void Instance::State::fetch_globals(std::span<std::uint64_t> words) const noexcept {
  for (const LinkedGlobal& global : linked_globals) {
    const std::uint64_t low = global.cell->low;
    words[global.first_word] = global.holds_function ? to_own(low) : low;
    if (global.is_wide) words[global.first_word + 1] = global.cell->high;
  }
}

// --- tables ---------------------------------------------------------------------------------

vmabi::TableEntry Instance::State::call_entry(std::uint64_t reference) const {
  const std::span<const vmabi::FunctionRecord> functions = program->object().functions();
  const std::uint64_t own = to_own(reference);
  if (own == vmabi::kNullReference) return {0, 0};
  if (own <= functions.size()) {
    const vmabi::FunctionRecord& function = functions[own - 1];
    return {function.code_offset, program->object().types()[function.type].id};
  }
  // A reference from elsewhere than a module's own instructions may be any word.
  if (store == nullptr || !Store::number_of(own)) return {0, 0};
  return {0, vmabi::kForeignTypeId};
}

ErrorOr<void> Instance::State::add_view(const std::shared_ptr<Table>& table, std::uint32_t index) {
  const vmabi::TableRecord& record = program->object().tables()[index];
  if (table == nullptr || table->holds_functions != is_function_table(record) ||
      table->references.size() < record.initial ||
      (table->holds_functions && table->references.size() > record.capacity)) {
    return Error(fmt::format("incompatible import type of table {}", index));
  }
  if (table->holds_functions) {
    table->max_entries = std::min<std::uint64_t>(table->max_entries, record.capacity);
    for (std::uint32_t i = 0; i < table->references.size(); ++i)
      memory->set_table_entry(index, i, call_entry(table->references[i]));
  }
  memory->set_table_size(index, static_cast<std::uint32_t>(table->references.size()));
  table->views.push_back({this, index});
  return {};
}

void Instance::State::store_locked(std::uint32_t table, std::uint64_t first,
                                   std::span<const std::uint64_t> references) {
  Table& target = *tables[table];
  target.is_changed = true;
  LIND_CHECK(range_fits<std::uint64_t>(first, references.size(), target.references.size()));
  for (std::size_t i = 0; i < references.size(); ++i) {
    const std::uint64_t shared = target.holds_functions ? to_shared(references[i]) : references[i];
    target.references[first + i] = shared;
    if (!target.holds_functions) continue;
    for (const Table::View& view : target.views) {
      view.instance->memory->set_table_entry(view.index, static_cast<std::uint32_t>(first + i),
                                             view.instance->call_entry(shared));
    }
  }
}

std::uint64_t Instance::State::load_locked(std::uint32_t table, std::uint64_t index) const {
  const Table& source = *tables[table];
  const std::uint64_t reference = source.references[index];
  return source.holds_functions ? to_own(reference) : reference;
}

std::optional<std::uint64_t> Instance::State::grow_locked(std::uint32_t index,
                                                          std::uint64_t entries,
                                                          std::uint64_t reference) {
  Table& table = *tables[index];
  const std::uint64_t old_size = table.references.size();
  table.is_changed = true;
  if (old_size > table.max_entries || entries > table.max_entries - old_size) return std::nullopt;
  table.references.resize(old_size + entries, vmabi::kNullReference);
  const std::vector<std::uint64_t> fresh(entries, reference);
  store_locked(index, old_size, fresh);
  // Compiled code compares with the size: entries are there before it grows.
  for (const Table::View& view : table.views) {
    view.instance->memory->set_table_size(view.index,
                                          static_cast<std::uint32_t>(old_size + entries));
  }
  return old_size;
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
                                                   std::uint64_t dst, std::uint32_t src,
                                                   std::uint32_t entries) {
  const MutexLock lock(mu);
  const std::uint64_t available =
      elem_dropped[segment] ? 0 : program->object().elems()[segment].num_items;
  if (!range_fits<std::uint64_t>(src, entries, available) ||
      !range_fits<std::uint64_t>(dst, entries, tables[table]->references.size())) {
    return TrapCode::k_out_of_bounds_table;
  }
  if (entries == 0) return {};
  const std::vector<std::uint64_t> items = segment_items(segment);
  store_locked(table, dst, std::span(items).subspan(src, entries));
  return {};
}

// --- memories -------------------------------------------------------------------------------

std::uint64_t Instance::State::limit_of_memory(std::uint32_t index) const {
  if (memories[index] != nullptr) return memories[index]->pages() * kWasmPageSize;
  return exact() ? memory->pages() * kWasmPageSize : vmabi::kGuestAddressBytes;
}

std::byte* Instance::State::start_of_memory(std::uint32_t index) const {
  return memory->base() + program->object().memories()[index].base;
}

Result<void, TrapCode> Instance::State::memory_init(std::uint32_t memory_index,
                                                    std::uint32_t segment, std::uint64_t dst,
                                                    std::uint32_t src, std::uint32_t num_bytes) {
  std::span<const std::byte> bytes;
  {
    const MutexLock lock(mu);
    if (!data_dropped[segment]) {
      bytes = program->object().bytes(program->object().data()[segment].bytes);
    }
  }
  if (!range_fits<std::uint64_t>(src, num_bytes, bytes.size()) ||
      !range_fits<std::uint64_t>(dst, num_bytes, limit_of_memory(memory_index))) {
    return TrapCode::k_out_of_bounds_memory;
  }
  // Inside the reservation; in a Lind program protection decides about the rest.
  if (lind_copy_forward(start_of_memory(memory_index) + dst, bytes.data() + src, num_bytes) != 0) {
    return TrapCode::k_out_of_bounds_memory;
  }
  return {};
}

}  // namespace lind::runtime
