#include "objdump.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "codegen/disassemble.h"
#include "object/digest.h"
#include "object/object.h"
#include "object/seal.h"
#include "vmabi/traps.h"

namespace lind::objdump {
namespace {

std::string_view kind_name(std::uint32_t kind) {
  constexpr std::string_view kNames[] = {"func", "table", "memory", "global", "tag"};  // NOLINT
  return kind < std::size(kNames) ? kNames[kind] : "?";
}

std::string value_name(std::byte kind) {
  switch (static_cast<vmabi::ValueKind>(kind)) {
    case vmabi::ValueKind::kI32:
      return "i32";
    case vmabi::ValueKind::kI64:
      return "i64";
    case vmabi::ValueKind::kF32:
      return "f32";
    case vmabi::ValueKind::kF64:
      return "f64";
    case vmabi::ValueKind::kV128:
      return "v128";
    case vmabi::ValueKind::kFuncRef:
      return "funcref";
    case vmabi::ValueKind::kExternRef:
      return "externref";
    case vmabi::ValueKind::kExnRef:
      return "exnref";
  }
  return fmt::format("0x{:02x}", std::to_integer<unsigned>(kind));
}

/// Names come from the module: nothing in them may act on a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

class Description {
 public:
  Description(const object::Object& object, std::span<const std::byte> file)
      : object_(object), file_(file) {
    for (std::uint32_t i = 0; i < object.functions().size(); ++i)
      starts_.emplace(object.functions()[i].code_offset, i);
    for (const vmabi::TrapRecord& trap : object.traps())
      traps_.emplace(trap.offset, trap.code);
  }

  std::string take() { return std::move(out_); }

  void add_records() {
    const vmabi::HeaderRecord& header = object_.header();
    line("object of version {}, {}", header.version,
         (header.flags & vmabi::kFlagLindProgram) != 0 ? "a Lind program" : "exact WebAssembly");
    line("compiled for {}", (header.flags & vmabi::kFlagNeedsV3) != 0 ? "x86-64-v3" : "x86-64-v2");
    const ErrorOr<void> sealed = object::check_seal(file_);
    line("seal: {}", sealed.ok() ? "as it was made" : sealed.error().message());
    line("key {}", key());
    line("text {} bytes, constants {} bytes at {:#x}, names and data {} bytes", header.text_size,
         header.rodata_size, header.rodata_offset, object_.pool_size());
    line("{} functions, {} call sites, {} trap sites, {} thread-local accesses",
         object_.functions().size(), object_.call_sites().size(), object_.traps().size(),
         object_.fs_sites().size());
    if (header.start_function != vmabi::kNoIndex) line("start: {}", name(header.start_function));
    add_links();
    add_spaces();
    add_functions();
  }

  void add_code(std::uint32_t index) {
    const vmabi::FunctionRecord& function = object_.functions()[index];
    line("\n{:08x} <{}>: func[{}] {}", function.code_offset, name(index), index,
         signature(function.type));
    // The reader has checked that it lies in the text.
    const auto code =
        file_.subspan(object_.text_range().offset + function.code_offset, function.code_size);
    for (const auto& instruction : codegen::disassemble(code, function.code_offset)) {
      line("{:>8x}:  {}{}", instruction.address, instruction.text, remark(instruction));
    }
  }

  std::string name(std::uint32_t index) const {
    const std::string_view text = object_.text(object_.functions()[index].name);
    return text.empty() ? fmt::format("func[{}]", index) : printable(text);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }

  std::string key() const {
    object::Digest digest{};
    if (object_.key().size() != digest.size()) return "none";
    std::ranges::copy(object_.key(), digest.begin());
    return object::to_hex(digest);
  }

  std::string values(vmabi::Slice kinds) const {
    std::string out;
    for (const std::byte kind : object_.bytes(kinds))
      out += (out.empty() ? "" : " ") + value_name(kind);
    return out;
  }

  std::string signature(std::uint32_t type) const {
    const vmabi::TypeRecord& record = object_.types()[type];
    return fmt::format("({}) -> ({})", values(record.params), values(record.results));
  }

  void add_links() {
    line("\nimports");
    for (const vmabi::ImportRecord& import : object_.imports()) {
      line("  {}[{}] {}.{}", kind_name(import.kind), import.index,
           printable(object_.text(import.module)), printable(object_.text(import.name)));
    }
    line("\nexports");
    for (const vmabi::ExportRecord& one : object_.exports())
      line("  {}[{}] {}", kind_name(one.kind), one.index, printable(object_.text(one.name)));
  }

  void add_spaces() {
    line("\nmemories, tables");
    for (std::size_t i = 0; i < object_.memories().size(); ++i) {
      const vmabi::MemoryRecord& memory = object_.memories()[i];
      const std::string most = memory.declared_max == ~std::uint64_t{0}
                                   ? std::string()
                                   : fmt::format(", at most {}", memory.declared_max);
      line("  memory[{}] {} pages{}{}", i, memory.initial, most,
           memory.shared != 0 ? ", shared" : "");
    }
    for (std::size_t i = 0; i < object_.tables().size(); ++i) {
      const vmabi::TableRecord& table = object_.tables()[i];
      line("  table[{}] {} of {} entries, capacity {}", i,
           value_name(static_cast<std::byte>(table.element)), table.initial, table.capacity);
    }
  }

  void add_functions() {
    line("\n{:>7} {:>8} {:>8} {:>6}  name", "func", "offset", "bytes", "frame");
    for (std::uint32_t i = 0; i < object_.functions().size(); ++i) {
      const vmabi::FunctionRecord& function = object_.functions()[i];
      line("{:>7} {:>8x} {:>8} {:>6}  {}", i, function.code_offset, function.code_size,
           function.frame_bytes, name(i));
    }
  }

  /// Where an instruction goes, or why it stops.
  std::string remark(const codegen::DisassembledInstruction& instruction) const {
    if (const auto trap = traps_.find(static_cast<std::uint32_t>(instruction.address));
        trap != traps_.end()) {
      return fmt::format("  ; {}", vmabi::trap_message(static_cast<vmabi::TrapCode>(trap->second)));
    }
    if (instruction.target == 0 || instruction.target > UINT32_MAX) return {};
    const auto target = static_cast<std::uint32_t>(instruction.target);
    auto after = starts_.upper_bound(target);
    if (after == starts_.begin()) return {};
    const auto& [start, index] = *--after;
    if (target - start >= object_.functions()[index].code_size) return {};
    return target == start ? fmt::format("  ; {}", name(index))
                           : fmt::format("  ; {}+{:#x}", name(index), target - start);
  }

  const object::Object& object_;
  std::span<const std::byte> file_;
  std::map<std::uint32_t, std::uint32_t> starts_;  // code offset -> function
  std::map<std::uint32_t, std::uint32_t> traps_;   // offset -> code
  std::string out_;
};

/// Indices of the wanted functions.
ErrorOr<std::vector<std::uint32_t>> select(const object::Object& object,
                                           const Description& description,
                                           const std::vector<std::string>& wanted) {
  std::vector<std::uint32_t> selected;
  const auto num_functions = static_cast<std::uint32_t>(object.functions().size());
  if (wanted.empty()) {
    for (std::uint32_t i = 0; i < num_functions; ++i)
      selected.push_back(i);
    return selected;
  }
  for (const std::string& name : wanted) {
    const std::size_t before = selected.size();
    for (std::uint32_t i = 0; i < num_functions; ++i) {
      if (description.name(i) == name || fmt::format("func[{}]", i) == name) selected.push_back(i);
    }
    if (selected.size() == before) return Error(fmt::format("no function {}", printable(name)));
  }
  return selected;
}

}  // namespace

ErrorOr<std::string> describe(std::span<const std::byte> file, const Options& options) {
  const object::Object object = LIND_TRY(object::Object::parse(file));
  Description description(object, file);
  const std::vector<std::uint32_t> functions =
      LIND_TRY(select(object, description, options.functions));
  if (options.records) description.add_records();
  if (options.disassembly) {
    for (const std::uint32_t function : functions)
      description.add_code(function);
  }
  return description.take();
}

}  // namespace lind::objdump
