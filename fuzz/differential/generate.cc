#include "generate.h"

#include <string>

#include "body.h"
#include "random.h"
#include "shape.h"
#include "writer.h"

namespace lind::fuzz {
namespace {

using wasm::Opcode;
using wasm::ValueType;

constexpr std::uint32_t kFuel = 400;
constexpr std::uint32_t kCallsOfEach = 2;

bool is_float(ValueType type) {
  return type == ValueType::kF32 || type == ValueType::kF64;
}

/// What wasm-interp prints exactly: integers.
ValueType printable(ValueType type) {
  if (type == ValueType::kF32) return ValueType::kI32;
  return type == ValueType::kF64 ? ValueType::kI64 : type;
}

/// An exported function: nothing to the types of its results.
struct Export {
  std::string name;
  std::vector<ValueType> results;
  Writer body;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), shape_(make_shape(random_)) {
    no_arguments_ = static_cast<std::uint32_t>(shape_.types.size());
    shape_.types.emplace_back();  // () -> (), by which bodies of exports name their parameters
  }

  std::vector<std::byte> generate() {
    for (const std::uint32_t type : shape_.functions) {
      Body body(random_, shape_, type);
      body.write_random();
      bodies_.push_back(body.finish());
    }
    for (std::uint32_t round = 0; round < kCallsOfEach; ++round) {
      for (std::uint32_t i = 0; i < shape_.functions.size(); ++i)
        export_call(i, round);
      for (std::uint32_t i = 0; i < shape_.memories.size(); ++i)
        export_hash(i, round);
    }
    for (std::uint32_t i = 0; i < shape_.globals.size(); ++i)
      export_global(i);
    return assemble();
  }

 private:
  /// Leaves what is on the stack as a value of a printable type.
  static void show(Body& body, ValueType type) {
    if (!is_float(type)) return;
    body.canonicalize(type);
    body.code().op(type == ValueType::kF32 ? Opcode::kI32ReinterpretF32
                                           : Opcode::kI64ReinterpretF64);
  }

  void export_call(std::uint32_t function, std::uint32_t round) {
    const wasm::FuncType& type = shape_.types[shape_.functions[function]];
    Body body(random_, shape_, no_arguments_);
    body.i32(kFuel);
    body.local(Opcode::kGlobalSet, 0);
    for (const ValueType param : type.params)
      body.constant(param);
    body.local(Opcode::kCall, function);
    std::vector<std::uint32_t> kept(type.results.size());
    for (std::size_t i = type.results.size(); i-- > 0;) {
      kept[i] = body.add_local(type.results[i]);
      body.local(Opcode::kLocalSet, kept[i]);
    }
    std::vector<ValueType> results;
    for (std::size_t i = 0; i < type.results.size(); ++i) {
      body.local(Opcode::kLocalGet, kept[i]);
      show(body, type.results[i]);
      results.push_back(printable(type.results[i]));
    }
    body.code().op(Opcode::kEnd);
    exports_.push_back(
        {"call" + std::to_string(function) + "." + std::to_string(round), results, body.finish()});
  }

  void address(Body& body, ValueType type, std::uint64_t value) {
    if (type == ValueType::kI64) {
      body.code().op(Opcode::kI64Const);
      body.code().signed_number(static_cast<std::int64_t>(value));
    } else {
      body.i32(static_cast<std::uint32_t>(value));
    }
  }

  // hash = hash * 31 + word, over the first page, from its end to its start.
  void export_hash(std::uint32_t memory, std::uint32_t round) {
    constexpr std::uint64_t kPageBytes = 65536;
    constexpr std::uint64_t kWord = 8;
    const ValueType type = shape_.memories[memory];
    const bool is_wide = type == ValueType::kI64;
    Body body(random_, shape_, no_arguments_);
    const std::uint32_t at = body.add_local(type);
    const std::uint32_t hash = body.add_local(ValueType::kI64);
    Writer& code = body.code();
    address(body, type, kPageBytes);
    body.local(Opcode::kLocalSet, at);
    code.op(Opcode::kLoop);
    code.byte(0x40);
    body.local(Opcode::kLocalGet, hash);
    code.op(Opcode::kI64Const);
    code.signed_number(31);
    code.op(Opcode::kI64Mul);
    body.local(Opcode::kLocalGet, at);
    address(body, type, kWord);
    code.op(is_wide ? Opcode::kI64Sub : Opcode::kI32Sub);
    body.local(Opcode::kLocalTee, at);
    code.op(Opcode::kI64Load);
    constexpr std::uint32_t kHasMemory = 1U << 6;
    code.number(memory == 0 ? 0 : kHasMemory);
    if (memory != 0) code.number(memory);
    code.number(0);
    code.op(Opcode::kI64Add);
    body.local(Opcode::kLocalSet, hash);
    body.local(Opcode::kLocalGet, at);
    if (is_wide) {
      address(body, type, 0);
      code.op(Opcode::kI64Ne);
    }
    code.op(Opcode::kBrIf);
    code.number(0);
    code.op(Opcode::kEnd);
    body.local(Opcode::kLocalGet, hash);
    body.local(Opcode::kMemorySize, memory);
    code.op(Opcode::kEnd);
    exports_.push_back({"hash" + std::to_string(memory) + "." + std::to_string(round),
                        {ValueType::kI64, type},
                        body.finish()});
  }

  void export_global(std::uint32_t index) {
    const ValueType type = shape_.globals[index];
    Body body(random_, shape_, no_arguments_);
    body.local(Opcode::kGlobalGet, index);
    show(body, type);
    body.code().op(Opcode::kEnd);
    exports_.push_back({"global" + std::to_string(index), {printable(type)}, body.finish()});
  }

  // --- sections -----------------------------------------------------------------------------

  static void write_types(Writer& section, const std::vector<ValueType>& types) {
    section.number(types.size());
    for (const ValueType type : types)
      section.type(type);
  }

  Writer type_section() const {
    Writer section;
    section.number(shape_.types.size() + exports_.size());
    const auto write = [&section](const std::vector<ValueType>& params,
                                  const std::vector<ValueType>& results) {
      section.byte(0x60);
      write_types(section, params);
      write_types(section, results);
    };
    for (const wasm::FuncType& type : shape_.types)
      write(type.params, type.results);
    for (const Export& each : exports_)
      write({}, each.results);
    return section;
  }

  Writer function_section() const {
    Writer section;
    section.number(shape_.functions.size() + exports_.size());
    for (const std::uint32_t type : shape_.functions)
      section.number(type);
    for (std::size_t i = 0; i < exports_.size(); ++i)
      section.number(shape_.types.size() + i);
    return section;
  }

  Writer table_section() const {
    Writer section;
    section.number(1);
    section.type(ValueType::kFuncRef);
    section.byte(0);
    section.number(shape_.num_table_entries);
    return section;
  }

  Writer memory_section() const {
    Writer section;
    section.number(shape_.memories.size());
    for (const ValueType type : shape_.memories) {
      section.byte(type == ValueType::kI64 ? 5 : 1);
      section.number(kMemoryPages);
      section.number(kMaxMemoryPages);
    }
    return section;
  }

  Writer global_section() {
    Writer section;
    section.number(shape_.globals.size());
    for (const ValueType type : shape_.globals) {
      section.type(type);
      section.byte(1);
      Body init(random_, shape_, no_arguments_);
      init.constant(type);
      section.append(init.code());
      section.op(Opcode::kEnd);
    }
    return section;
  }

  Writer export_section() const {
    Writer section;
    section.number(exports_.size());
    for (std::size_t i = 0; i < exports_.size(); ++i) {
      section.text(exports_[i].name);
      section.byte(0);
      section.number(shape_.functions.size() + i);
    }
    return section;
  }

  Writer element_section() const {
    Writer section;
    section.number(1);
    section.number(0);
    section.op(Opcode::kI32Const);
    section.number(0);
    section.op(Opcode::kEnd);
    section.number(shape_.functions.size());
    for (std::uint32_t i = 0; i < shape_.functions.size(); ++i)
      section.number(i);
    return section;
  }

  Writer code_section() const {
    Writer section;
    section.number(bodies_.size() + exports_.size());
    for (const Writer& body : bodies_)
      section.sized(body);
    for (const Export& each : exports_)
      section.sized(each.body);
    return section;
  }

  Writer data_section() {
    Writer section;
    section.number(2);
    const auto write_bytes = [&](std::uint32_t count) {
      section.number(count);
      for (std::uint32_t i = 0; i < count; ++i)
        section.byte(static_cast<std::uint8_t>(random_.next()));
    };
    section.number(1);  // passive
    write_bytes(shape_.num_data_bytes);
    section.number(0);  // active, memory 0
    section.op(shape_.memories[0] == ValueType::kI64 ? Opcode::kI64Const : Opcode::kI32Const);
    section.signed_number(random_.below(1000));
    section.op(Opcode::kEnd);
    write_bytes(1 + random_.below(300));
    return section;
  }

  std::vector<std::byte> assemble() {
    Writer module;
    module.fixed(0x6d736100, 4);
    module.fixed(1, 4);
    module.section(1, type_section());
    module.section(3, function_section());
    module.section(4, table_section());
    module.section(5, memory_section());
    module.section(6, global_section());
    module.section(7, export_section());
    module.section(9, element_section());
    Writer data_count;
    data_count.number(2);
    module.section(12, data_count);
    module.section(10, code_section());
    module.section(11, data_section());
    return std::move(module.bytes());
  }

  Random random_;
  Shape shape_;
  std::uint32_t no_arguments_ = 0;
  std::vector<Writer> bodies_;
  std::vector<Export> exports_;
};

}  // namespace

std::vector<std::byte> generate_module(std::uint64_t seed) {
  return Generator(seed).generate();
}

}  // namespace lind::fuzz
