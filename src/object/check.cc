// TCB.  One function per section, in the order of object_format.h; each relies only on sections
// that were checked before it.

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/checked.h"
#include "base/units.h"
#include "object/check_internal.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"
#include "vmabi/type_id.h"

namespace lind::object {
namespace {

using vmabi::ConstKind;
using vmabi::ExternKind;
using vmabi::kNoIndex;
using vmabi::ValueKind;

/// References inside the image are 32-bit displacements.
constexpr std::uint64_t kMaxImageBytes = 1 * kGiB;
/// A table outside the windows (externref) is as bounded as one inside.
constexpr std::uint32_t kMaxTableEntries = 1U << 24;
constexpr unsigned kMaxAddressBits = std::bit_width(vmabi::kMaxWideMemoryBytes) - 1;
/// The guard below a native stack; no frame may step over it.
constexpr std::uint32_t kMaxFrameBytes = 64 * 1024;
/// rbx, rbp, r12 to r15.
constexpr std::uint32_t kAllSavedRegs = 0x3f;

bool is_value_kind(std::uint32_t kind) {
  if (kind > 0xff) return false;
  switch (static_cast<ValueKind>(kind)) {
    case ValueKind::kI32:
    case ValueKind::kI64:
    case ValueKind::kF32:
    case ValueKind::kF64:
    case ValueKind::kV128:
    case ValueKind::kFuncRef:
    case ValueKind::kExternRef:
    case ValueKind::kExnRef:
      return true;
  }
  return false;
}

bool is_reference(std::uint32_t kind) {
  return kind == static_cast<std::uint32_t>(ValueKind::kFuncRef) ||
         kind == static_cast<std::uint32_t>(ValueKind::kExternRef) ||
         kind == static_cast<std::uint32_t>(ValueKind::kExnRef);
}

bool has_window(const vmabi::TableRecord& table) {
  return table.element == static_cast<std::uint32_t>(ValueKind::kFuncRef);
}

bool is_address(std::uint32_t kind) {
  return kind == static_cast<std::uint32_t>(ValueKind::kI32) ||
         kind == static_cast<std::uint32_t>(ValueKind::kI64);
}

std::uint32_t num_words(std::uint32_t kind) {
  return kind == static_cast<std::uint32_t>(ValueKind::kV128) ? 2 : 1;
}

/// The records of one object while they are being checked.
class Checker {
 public:
  explicit Checker(const Object& object)
      : object_(object),
        header_(object.header()),
        num_imported_globals_(static_cast<std::size_t>(
            std::ranges::count(object.imports(), static_cast<std::uint32_t>(ExternKind::kGlobal),
                               &vmabi::ImportRecord::kind))) {}

  ErrorOr<void> header() const;
  ErrorOr<void> types() const;
  ErrorOr<void> functions() const;
  ErrorOr<void> tables() const;
  ErrorOr<void> memories() const;
  ErrorOr<void> globals() const;
  ErrorOr<void> tags() const;
  ErrorOr<void> imports() const;
  ErrorOr<void> exports() const;
  ErrorOr<void> elems() const;
  ErrorOr<void> data() const;
  ErrorOr<void> call_sites() const;
  ErrorOr<void> traps() const;
  ErrorOr<void> fs_sites() const;

 private:
  bool slice_fits(vmabi::Slice slice) const {
    return range_fits<std::uint64_t>(slice.offset, slice.size, object_.pool_size());
  }
  bool in_text(std::uint32_t offset) const { return offset < header_.text_size; }
  bool word_or_none(std::uint32_t word) const {
    return word == kNoIndex || word < header_.num_global_words;
  }
  std::size_t count(ExternKind kind) const;
  bool has_entry(std::uint32_t function) const {
    return object_.functions()[function].entry_offset != kNoIndex;
  }
  std::optional<std::string> wrong_values(vmabi::Slice kinds) const;
  std::optional<std::string> wrong_const(const vmabi::ConstExpr& expr, std::uint32_t value,
                                         std::size_t num_globals) const;
  std::optional<std::string> wrong_steps(const vmabi::ConstExpr& expr, std::uint32_t value,
                                         std::size_t num_globals) const;
  std::optional<std::string> wrong_table(const vmabi::TableRecord& table) const;
  std::optional<std::string> wrong_memory(const vmabi::MemoryRecord& memory) const;
  std::optional<std::string> wrong_global(const vmabi::GlobalRecord& global,
                                          std::size_t index) const;
  std::optional<std::string> wrong_function(const vmabi::FunctionRecord& function) const;

  const Object& object_;
  const vmabi::HeaderRecord& header_;
  const std::size_t num_imported_globals_;
};

Error wrong(const char* section, std::size_t index, std::string_view what) {
  return Error(fmt::format("section {}, record {}: {}", section, index, what));
}

ErrorOr<void> Checker::header() const {
  const std::uint64_t end = std::uint64_t{header_.rodata_offset} + header_.rodata_size;
  if (!is_aligned(header_.rodata_offset, kHostPageSize) ||
      header_.rodata_offset < header_.text_size || end > kMaxImageBytes) {
    return wrong(vmabi::kSectionHeader, 0,
                 fmt::format(".rodata has {} bytes at {}, .text has {}", header_.rodata_size,
                             header_.rodata_offset, header_.text_size));
  }
  if (header_.num_global_words > vmabi::kNumGlobalWords ||
      !word_or_none(header_.stack_pointer_word) || !word_or_none(header_.tls_base_word)) {
    return wrong(
        vmabi::kSectionHeader, 0,
        fmt::format("{} global words, __stack_pointer in {}, __tls_base in {}",
                    header_.num_global_words, header_.stack_pointer_word, header_.tls_base_word));
  }
  if (header_.num_imported_functions > object_.functions().size()) {
    return wrong(vmabi::kSectionHeader, 0,
                 fmt::format("{} imported functions, there are {} functions",
                             header_.num_imported_functions, object_.functions().size()));
  }
  if (header_.start_function == kNoIndex) return {};
  if (header_.start_function >= object_.functions().size()) {
    return wrong(vmabi::kSectionHeader, 0,
                 fmt::format("start function {}, there are {}", header_.start_function,
                             object_.functions().size()));
  }
  return {};
}

std::optional<std::string> Checker::wrong_values(vmabi::Slice kinds) const {
  if (!slice_fits(kinds)) return "values lie outside the pool";
  if (kinds.size > vmabi::kNumSlots) return fmt::format("{} values in one type", kinds.size);
  std::uint32_t words = 0;
  for (const std::byte kind : object_.bytes(kinds)) {
    const auto value = std::to_integer<std::uint32_t>(kind);
    if (!is_value_kind(value)) return fmt::format("value type {:#x} is unknown", value);
    words += num_words(value);
  }
  if (words > vmabi::kNumSlots) {
    return fmt::format("{} words, a thread has {} slots", words, vmabi::kNumSlots);
  }
  return std::nullopt;
}

ErrorOr<void> Checker::types() const {
  const auto kinds = [this](vmabi::Slice slice) {
    std::vector<std::uint8_t> result;
    for (const std::byte kind : object_.bytes(slice)) {
      result.push_back(std::to_integer<std::uint8_t>(kind));
    }
    return result;
  };
  for (std::size_t i = 0; i < object_.types().size(); ++i) {
    const vmabi::TypeRecord& type = object_.types()[i];
    for (const vmabi::Slice slice : {type.params, type.results}) {
      const std::optional<std::string> what = wrong_values(slice);
      if (what) return wrong(vmabi::kSectionTypes, i, *what);
    }
    const std::uint32_t id = vmabi::type_id(kinds(type.params), kinds(type.results));
    if (type.id != id) {
      return wrong(vmabi::kSectionTypes, i, fmt::format("id {:#x}, expected {:#x}", type.id, id));
    }
  }
  return {};
}

std::optional<std::string> Checker::wrong_function(const vmabi::FunctionRecord& function) const {
  if (function.type >= object_.types().size()) {
    return fmt::format("type {}, there are {}", function.type, object_.types().size());
  }
  if (function.code_size == 0 ||
      !range_fits<std::uint64_t>(function.code_offset, function.code_size, header_.text_size)) {
    return fmt::format("{} bytes of code at {}, .text has {}", function.code_size,
                       function.code_offset, header_.text_size);
  }
  if (function.entry_offset != kNoIndex && !in_text(function.entry_offset)) {
    return fmt::format("entry at {}, .text has {} bytes", function.entry_offset, header_.text_size);
  }
  // A leaf function's frame need not be a multiple of 8.
  if (function.frame_bytes > kMaxFrameBytes || (function.saved_regs & ~kAllSavedRegs) != 0) {
    return fmt::format("frame of {} bytes with registers {:#x}", function.frame_bytes,
                       function.saved_regs);
  }
  if (!slice_fits(function.name)) return "name lies outside the pool";
  return std::nullopt;
}

ErrorOr<void> Checker::functions() const {
  for (std::size_t i = 0; i < object_.functions().size(); ++i) {
    const std::optional<std::string> what = wrong_function(object_.functions()[i]);
    if (what) return wrong(vmabi::kSectionFunctions, i, *what);
  }
  if (header_.start_function == kNoIndex) return {};
  const vmabi::TypeRecord& type = object_.types()[object_.functions()[header_.start_function].type];
  if (type.params.size != 0 || type.results.size != 0 || !has_entry(header_.start_function)) {
    return wrong(vmabi::kSectionFunctions, header_.start_function,
                 "the start function has parameters, results or no entry");
  }
  return {};
}

std::optional<std::string> Checker::wrong_table(const vmabi::TableRecord& table) const {
  if (!is_reference(table.element)) return fmt::format("element type {:#x}", table.element);
  if (!is_address(table.address) || table.reserved != 0) {
    return fmt::format("index type {:#x}", table.address);
  }
  if (table.initial > kMaxTableEntries || table.declared_max < table.initial) {
    return fmt::format("{} to {} entries, at most {} are supported", table.initial,
                       table.declared_max, kMaxTableEntries);
  }
  if (!has_window(table)) {
    if (table.capacity == 0) return std::nullopt;
    return fmt::format("capacity {} of a table without a window", table.capacity);
  }
  if (table.capacity < table.initial || table.capacity > kMaxTableEntries) {
    return fmt::format("capacity {}, {} entries at first", table.capacity, table.initial);
  }
  const std::uint64_t num_bytes = table_window_bytes(table.capacity);
  constexpr auto kAllBytes =
      static_cast<std::uint64_t>(vmabi::kTableWindowsEnd - vmabi::kTableWindowsStart);
  if (table.window_offset % static_cast<std::int64_t>(kHostPageSize) != 0 ||
      table.window_offset < vmabi::kTableWindowsStart || num_bytes > kAllBytes ||
      table.window_offset > vmabi::kTableWindowsEnd - static_cast<std::int64_t>(num_bytes)) {
    return fmt::format("window of {} bytes at {}", num_bytes, table.window_offset);
  }
  return std::nullopt;
}

ErrorOr<void> Checker::tables() const {
  if (object_.tables().size() > vmabi::kMaxTables) {
    return Error(fmt::format("{} tables, at most {} are supported", object_.tables().size(),
                             vmabi::kMaxTables));
  }
  struct Window {
    std::int64_t start;
    std::int64_t end;
    std::size_t table;
  };
  std::vector<Window> windows;
  for (std::size_t i = 0; i < object_.tables().size(); ++i) {
    const vmabi::TableRecord& table = object_.tables()[i];
    const std::optional<std::string> what = wrong_table(table);
    if (what) return wrong(vmabi::kSectionTables, i, *what);
    if (!has_window(table)) continue;
    const auto num_bytes = static_cast<std::int64_t>(table_window_bytes(table.capacity));
    windows.push_back({table.window_offset, table.window_offset + num_bytes, i});
  }
  std::ranges::sort(windows, {}, &Window::start);
  for (std::size_t i = 1; i < windows.size(); ++i) {
    if (windows[i].start >= windows[i - 1].end) continue;
    return wrong(vmabi::kSectionTables, windows[i].table,
                 fmt::format("window overlaps that of table {}", windows[i - 1].table));
  }
  return {};
}

std::optional<std::string> Checker::wrong_memory(const vmabi::MemoryRecord& memory) const {
  const bool is_wide = memory.address == static_cast<std::uint32_t>(ValueKind::kI64);
  if (is_wide && (header_.flags & vmabi::kFlagLindProgram) != 0) {
    return "64-bit addresses in a Lind program";
  }
  if (!is_address(memory.address) || memory.shared > 1 || memory.reserved != 0 ||
      memory.address_bits < 32 || memory.address_bits > (is_wide ? kMaxAddressBits : 32)) {
    return fmt::format("address type {:#x}, {} bits, shared {}", memory.address,
                       memory.address_bits, memory.shared);
  }
  if (memory.initial > (std::uint64_t{1} << memory.address_bits) / kWasmPageSize ||
      memory.declared_max < memory.initial) {
    return fmt::format("{} to {} pages, shared {}", memory.initial, memory.declared_max,
                       memory.shared);
  }
  return std::nullopt;
}

ErrorOr<void> Checker::memories() const {
  const std::size_t count = object_.memories().size();
  const bool is_lind = (header_.flags & vmabi::kFlagLindProgram) != 0;
  if (count > (is_lind ? 1 : vmabi::kMaxMemories)) {
    return Error(fmt::format("{} memories, at most {} are supported", count,
                             is_lind ? 1 : vmabi::kMaxMemories));
  }
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const vmabi::MemoryRecord& memory = object_.memories()[i];
    std::optional<std::string> what = wrong_memory(memory);
    if (memory.base != end) what = fmt::format("starts at {:#x}, not at {:#x}", memory.base, end);
    if (what) return wrong(vmabi::kSectionMemories, i, *what);
    end += vmabi::reserved_for(memory.address_bits);
  }
  return {};
}

/// What is wrong with an initial value of type `value` that may read the first `num_globals`.
std::optional<std::string> Checker::wrong_const(const vmabi::ConstExpr& expr, std::uint32_t value,
                                                std::size_t num_globals) const {
  const auto is = [value](ValueKind kind) { return value == static_cast<std::uint32_t>(kind); };
  if (expr.kind > static_cast<std::uint32_t>(ConstKind::kSteps)) {
    return fmt::format("initial value has unknown kind {}", expr.kind);
  }
  switch (static_cast<ConstKind>(expr.kind)) {
    case ConstKind::kValue:
      if (is_reference(value) || (!is(ValueKind::kV128) && expr.high != 0) ||
          ((is(ValueKind::kI32) || is(ValueKind::kF32)) && (expr.low >> 32) != 0)) {
        return fmt::format("initial value {:#x} does not fit its type", expr.low);
      }
      return std::nullopt;
    case ConstKind::kGlobal:
      if (expr.index >= num_globals || object_.globals()[expr.index].value != value) {
        return fmt::format("initial value from global {}", expr.index);
      }
      return std::nullopt;
    case ConstKind::kFunction:
      if (!is(ValueKind::kFuncRef) || expr.index >= object_.functions().size()) {
        return fmt::format("initial value is function {}", expr.index);
      }
      return std::nullopt;
    case ConstKind::kNull:
      if (!is_reference(value)) return "initial value of a number is null";
      return std::nullopt;
    case ConstKind::kSteps:
      return wrong_steps(expr, value, num_globals);
  }
  return std::nullopt;
}

std::optional<std::string> Checker::wrong_steps(const vmabi::ConstExpr& expr, std::uint32_t value,
                                                std::size_t num_globals) const {
  constexpr auto kI32 = static_cast<std::uint32_t>(ValueKind::kI32);
  constexpr auto kI64 = static_cast<std::uint32_t>(ValueKind::kI64);
  if (expr.low > vmabi::kMaxConstSteps ||
      !range_fits<std::uint64_t>(expr.index, expr.low, object_.const_steps().size())) {
    return fmt::format("initial value of {} steps from {}", expr.low, expr.index);
  }
  std::vector<std::uint32_t> stack;
  for (const vmabi::ConstStepRecord& step : object_.const_steps().subspan(expr.index, expr.low)) {
    if (step.op > static_cast<std::uint32_t>(vmabi::ConstOp::kI64Mul)) {
      return fmt::format("step of unknown kind {}", step.op);
    }
    const auto op = static_cast<vmabi::ConstOp>(step.op);
    if (op == vmabi::ConstOp::kGlobal) {
      if (step.index >= num_globals) return fmt::format("step reads global {}", step.index);
      stack.push_back(object_.globals()[step.index].value);
      continue;
    }
    const bool is_i32 = op == vmabi::ConstOp::kI32 ||
                        (op >= vmabi::ConstOp::kI32Add && op <= vmabi::ConstOp::kI32Mul);
    const std::uint32_t type = is_i32 ? kI32 : kI64;
    for (int operand = 0; op >= vmabi::ConstOp::kI32Add && operand < 2; ++operand) {
      if (stack.empty() || stack.back() != type) return "steps of different types";
      stack.pop_back();
    }
    stack.push_back(type);
  }
  const bool is_integer = value == kI32 || value == kI64;
  if (is_integer && stack.size() == 1 && stack.front() == value) return std::nullopt;
  return fmt::format("steps leave {} values", stack.size());
}

std::optional<std::string> Checker::wrong_global(const vmabi::GlobalRecord& global,
                                                 std::size_t index) const {
  if (!is_value_kind(global.value) || global.is_mutable > 1 || global.reserved != 0) {
    return fmt::format("value type {:#x}, mutable {}", global.value, global.is_mutable);
  }
  const bool is_constant = global.first_word == kNoIndex && global.is_mutable == 0;
  if (!is_constant && !range_fits<std::uint64_t>(global.first_word, num_words(global.value),
                                                 header_.num_global_words)) {
    return fmt::format("word {}, the module has {}", global.first_word, header_.num_global_words);
  }
  if (index < num_imported_globals_) return std::nullopt;
  return wrong_const(global.init, global.value, index);
}

ErrorOr<void> Checker::globals() const {
  for (std::size_t i = 0; i < object_.globals().size(); ++i) {
    const std::optional<std::string> what = wrong_global(object_.globals()[i], i);
    if (what) return wrong(vmabi::kSectionGlobals, i, *what);
  }
  return {};
}

std::size_t Checker::count(ExternKind kind) const {
  switch (kind) {
    case ExternKind::kFunction:
      return object_.functions().size();
    case ExternKind::kTable:
      return object_.tables().size();
    case ExternKind::kMemory:
      return object_.memories().size();
    case ExternKind::kGlobal:
      return object_.globals().size();
    case ExternKind::kTag:
      return object_.tags().size();
  }
  return 0;
}

ErrorOr<void> Checker::tags() const {
  for (std::size_t i = 0; i < object_.tags().size(); ++i) {
    const std::uint32_t type = object_.tags()[i].type;
    if (type >= object_.types().size() || object_.types()[type].results.size != 0) {
      return wrong(vmabi::kSectionTags, i, fmt::format("type {}", type));
    }
  }
  return {};
}

ErrorOr<void> Checker::imports() const {
  std::array<std::uint32_t, vmabi::kNumExternKinds> next{};
  for (std::size_t i = 0; i < object_.imports().size(); ++i) {
    const vmabi::ImportRecord& item = object_.imports()[i];
    if (item.kind >= next.size() || item.index != next[item.kind]++ ||
        item.index >= count(static_cast<ExternKind>(item.kind))) {
      return wrong(vmabi::kSectionImports, i,
                   fmt::format("index {} of kind {}", item.index, item.kind));
    }
    if (!slice_fits(item.module) || !slice_fits(item.name)) {
      return wrong(vmabi::kSectionImports, i, "name lies outside the pool");
    }
  }
  if (next.front() != header_.num_imported_functions) {
    return wrong(vmabi::kSectionHeader, 0,
                 fmt::format("{} imported functions, section {} has {}",
                             header_.num_imported_functions, vmabi::kSectionImports, next.front()));
  }
  return {};
}

ErrorOr<void> Checker::exports() const {
  for (std::size_t i = 0; i < object_.exports().size(); ++i) {
    const vmabi::ExportRecord& item = object_.exports()[i];
    if (item.kind >= vmabi::kNumExternKinds ||
        item.index >= count(static_cast<ExternKind>(item.kind))) {
      return wrong(vmabi::kSectionExports, i,
                   fmt::format("index {} of kind {}", item.index, item.kind));
    }
    if (item.kind == static_cast<std::uint32_t>(ExternKind::kFunction) && !has_entry(item.index)) {
      return wrong(vmabi::kSectionExports, i, fmt::format("function {} has no entry", item.index));
    }
    if (!slice_fits(item.name)) {
      return wrong(vmabi::kSectionExports, i, "name lies outside the pool");
    }
  }
  return {};
}

ErrorOr<void> Checker::elems() const {
  // Segments do not share items: otherwise a small file could ask for endless checking.
  std::uint32_t next_item = 0;
  for (std::size_t i = 0; i < object_.elems().size(); ++i) {
    const vmabi::ElemRecord& elem = object_.elems()[i];
    if (elem.mode > static_cast<std::uint32_t>(vmabi::SegmentMode::kDeclared) ||
        !is_reference(elem.element) || elem.reserved != 0) {
      return wrong(vmabi::kSectionElems, i,
                   fmt::format("mode {}, element type {:#x}", elem.mode, elem.element));
    }
    if (elem.first_item < next_item ||
        !range_fits<std::uint64_t>(elem.first_item, elem.num_items, object_.elem_items().size())) {
      return wrong(vmabi::kSectionElems, i,
                   fmt::format("{} items from {}, the next are {} to {}", elem.num_items,
                               elem.first_item, next_item, object_.elem_items().size()));
    }
    next_item = elem.first_item + elem.num_items;
    for (const vmabi::ConstExpr& item :
         object_.elem_items().subspan(elem.first_item, elem.num_items)) {
      const std::optional<std::string> what =
          wrong_const(item, elem.element, object_.globals().size());
      if (what) return wrong(vmabi::kSectionElems, i, *what);
    }
    if (elem.mode != static_cast<std::uint32_t>(vmabi::SegmentMode::kActive)) continue;
    if (elem.table >= object_.tables().size() ||
        object_.tables()[elem.table].element != elem.element) {
      return wrong(vmabi::kSectionElems, i, fmt::format("table {}", elem.table));
    }
    const std::optional<std::string> what =
        wrong_const(elem.offset, object_.tables()[elem.table].address, object_.globals().size());
    if (what) return wrong(vmabi::kSectionElems, i, *what);
  }
  return {};
}

ErrorOr<void> Checker::data() const {
  for (std::size_t i = 0; i < object_.data().size(); ++i) {
    const vmabi::DataRecord& segment = object_.data()[i];
    if (segment.mode > static_cast<std::uint32_t>(vmabi::SegmentMode::kPassive)) {
      return wrong(vmabi::kSectionData, i, fmt::format("mode {}", segment.mode));
    }
    if (!slice_fits(segment.bytes)) {
      return wrong(vmabi::kSectionData, i, "bytes lie outside the pool");
    }
    if (segment.mode != static_cast<std::uint32_t>(vmabi::SegmentMode::kActive)) continue;
    if (segment.memory >= object_.memories().size()) {
      return wrong(vmabi::kSectionData, i, fmt::format("memory {}", segment.memory));
    }
    const std::optional<std::string> what = wrong_const(
        segment.offset, object_.memories()[segment.memory].address, object_.globals().size());
    if (what) return wrong(vmabi::kSectionData, i, *what);
  }
  return {};
}

ErrorOr<void> Checker::call_sites() const {
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < object_.call_sites().size(); ++i) {
    const vmabi::CallSiteRecord& site = object_.call_sites()[i];
    // Behind a call that does not return there may be no instruction of the text any more.
    if (site.return_offset <= last || site.return_offset > header_.text_size) {
      return wrong(vmabi::kSectionCallSites, i,
                   fmt::format("offset {} behind {}, .text has {} bytes", site.return_offset, last,
                               header_.text_size));
    }
    last = site.return_offset;
    if ((site.function != kNoIndex && site.function >= object_.functions().size()) ||
        site.frame_bytes > kMaxFrameBytes || !is_aligned(site.frame_bytes, sizeof(std::uint64_t)) ||
        (site.landing_pad != kNoIndex && !in_text(site.landing_pad))) {
      return wrong(vmabi::kSectionCallSites, i,
                   fmt::format("function {}, frame of {} bytes, landing pad {}", site.function,
                               site.frame_bytes, site.landing_pad));
    }
  }
  return {};
}

ErrorOr<void> Checker::traps() const {
  std::optional<std::uint32_t> last;
  for (std::size_t i = 0; i < object_.traps().size(); ++i) {
    const vmabi::TrapRecord& trap = object_.traps()[i];
    if (!in_text(trap.offset) || (last && trap.offset <= *last)) {
      return wrong(vmabi::kSectionTraps, i,
                   fmt::format("offset {} behind {}, .text has {} bytes", trap.offset,
                               last.value_or(0), header_.text_size));
    }
    last = trap.offset;
    if (trap.code == 0 || trap.code > 0x7f) {
      return wrong(vmabi::kSectionTraps, i, fmt::format("trap code {}", trap.code));
    }
  }
  return {};
}

ErrorOr<void> Checker::fs_sites() const {
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < object_.fs_sites().size(); ++i) {
    const std::uint32_t site = object_.fs_sites()[i];
    if (site < end || !range_fits<std::uint64_t>(site, sizeof(std::uint32_t), header_.text_size)) {
      return wrong(
          vmabi::kSectionFsSites, i,
          fmt::format("offset {} behind {}, .text has {} bytes", site, end, header_.text_size));
    }
    end = std::uint64_t{site} + sizeof(std::uint32_t);
  }
  return {};
}

}  // namespace

std::uint64_t table_window_bytes(std::uint32_t capacity) noexcept {
  const std::uint64_t entries = std::bit_ceil(std::uint64_t{capacity});
  return std::max<std::uint64_t>(entries * sizeof(vmabi::TableEntry), kHostPageSize);
}

ErrorOr<void> check_records(const Object& object) {
  const Checker checker(object);
  LIND_TRY(checker.header());
  LIND_TRY(checker.types());
  LIND_TRY(checker.functions());
  LIND_TRY(checker.tables());
  LIND_TRY(checker.memories());
  LIND_TRY(checker.globals());
  LIND_TRY(checker.tags());
  LIND_TRY(checker.imports());
  LIND_TRY(checker.exports());
  LIND_TRY(checker.elems());
  LIND_TRY(checker.data());
  LIND_TRY(checker.call_sites());
  LIND_TRY(checker.traps());
  LIND_TRY(checker.fs_sites());
  return {};
}

}  // namespace lind::object
