#include "body.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string_view>

namespace lind::fuzz {
namespace {

using wasm::Immediates;
using wasm::Opcode;
using wasm::OpcodeFeature;
using wasm::ValueType;

constexpr int kMaxDepth = 5;

ValueType type_of_letter(char letter) {
  switch (letter) {
    case 'i':
      return ValueType::kI32;
    case 'I':
      return ValueType::kI64;
    case 'f':
      return ValueType::kF32;
    case 'F':
      return ValueType::kF64;
    default:
      return ValueType::kV128;
  }
}

char letter_of(ValueType type) {
  switch (type) {
    case ValueType::kI32:
      return 'i';
    case ValueType::kI64:
      return 'I';
    case ValueType::kF32:
      return 'f';
    case ValueType::kF64:
      return 'F';
    case ValueType::kV128:
    case ValueType::kFuncRef:
    case ValueType::kExternRef:
    case ValueType::kExnRef:
      break;
  }
  return 'v';  // references are on no operand stack that we write
}

bool is_float(ValueType type) {
  return type == ValueType::kF32 || type == ValueType::kF64;
}

/// Opcodes of WebAssembly 2.0 and threads for which `keep` is true.
template <typename Keep>
std::vector<Opcode> opcodes(Keep keep) {
  std::vector<Opcode> list;
  for (std::size_t i = 0; i < wasm::kNumOpcodes; ++i) {
    const auto opcode = static_cast<Opcode>(i);
    const wasm::OpcodeRow& row = wasm::row_of(opcode);
    const bool is_known =
        row.feature == OpcodeFeature::kCore || row.feature == OpcodeFeature::kThreads;
    if (is_known && row.signature != "*" && keep(row)) list.push_back(opcode);
  }
  return list;
}

/// Operations without immediates, or with a lane, that leave a value of `type`.
const std::vector<Opcode>& operations(ValueType type) {
  static const auto lists = [] {
    std::array<std::vector<Opcode>, 128> all;
    for (const char letter : {'i', 'I', 'f', 'F', 'v'}) {
      all[static_cast<std::size_t>(letter)] = opcodes([letter](const wasm::OpcodeRow& row) {
        return (row.immediates == Immediates::kNone || row.immediates == Immediates::kLane) &&
               row.signature.find(':') != 0 && row.signature.back() == letter;
      });
    }
    return all;
  }();
  return lists[static_cast<std::size_t>(letter_of(type))];
}

bool waits(const wasm::OpcodeRow& row) {
  return row.text.starts_with("memory.atomic");
}

/// Accesses that leave a value of `type`, or none.
const std::vector<Opcode>& accesses(char result) {
  static const auto lists = [] {
    std::array<std::vector<Opcode>, 128> all;
    for (const char letter : {'i', 'I', 'f', 'F', 'v', ':'}) {
      all[static_cast<std::size_t>(letter)] = opcodes([letter](const wasm::OpcodeRow& row) {
        const bool is_access =
            row.immediates == Immediates::kMemArg || row.immediates == Immediates::kMemArgLane;
        return is_access && !waits(row) && row.signature.back() == letter;
      });
    }
    return all;
  }();
  return lists[static_cast<std::size_t>(result)];
}

/// Lanes of floats: what NaN an operation leaves in them is open.
bool makes_float_lanes(std::string_view text) {
  return text.starts_with("f32x4.") || text.starts_with("f64x2.");
}

/// Whether the bits of a float operand show in the result.
bool shows_bits(std::string_view text) {
  return text.find("reinterpret") != text.npos || text.find("copysign") != text.npos ||
         text.find("splat") != text.npos || text.find("replace_lane") != text.npos;
}

}  // namespace

Body::Body(Random& random, const Shape& shape, std::uint32_t type)
    : random_(random), shape_(shape), type_(shape.types[type]) {}

void Body::write_random() {
  burn_fuel();
  statements();
  for (const ValueType type : type_.results)
    expression(type);
  code_.op(Opcode::kEnd);
}

Writer Body::finish() const {
  Writer body;
  body.number(locals_.size());
  for (const ValueType type : locals_) {
    body.number(1);
    body.type(type);
  }
  body.append(code_);
  return body;
}

std::uint32_t Body::add_local(ValueType type) {
  locals_.push_back(type);
  return static_cast<std::uint32_t>(type_.params.size() + locals_.size() - 1);
}

void Body::local(Opcode opcode, std::uint32_t index) {
  code_.op(opcode);
  code_.number(index);
}

void Body::global(Opcode opcode, std::uint32_t index) {
  code_.op(opcode);
  code_.number(index);
}

void Body::i32(std::uint32_t value) {
  code_.op(Opcode::kI32Const);
  code_.signed_number(static_cast<std::int32_t>(value));
}

std::uint32_t Body::pick_local(ValueType type) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < type_.params.size(); ++i) {
    if (type_.params[i] == type) found.push_back(i);
  }
  if (found.empty() || random_.one_in(3)) return add_local(type);
  return random_.pick(found);
}

// --- statements -----------------------------------------------------------------------------

void Body::burn_fuel() {
  global(Opcode::kGlobalGet, 0);
  i32(1);
  code_.op(Opcode::kI32Sub);
  global(Opcode::kGlobalSet, 0);
  global(Opcode::kGlobalGet, 0);
  i32(0);
  code_.op(Opcode::kI32LtS);
  code_.op(Opcode::kIf);
  code_.byte(0x40);
  code_.op(Opcode::kUnreachable);
  code_.op(Opcode::kEnd);
}

void Body::statements() {
  for (std::uint32_t left = 1 + random_.below(4); left > 0; --left)
    statement();
}

void Body::statement() {
  if (budget_-- <= 0 || depth_ >= kMaxDepth) return;
  ++depth_;
  switch (random_.below(13)) {
    case 0:
      conditional();
      break;
    case 1:
      loop();
      break;
    case 2:
      block();
      break;
    case 3:
      branch_out();
      break;
    case 4:
    case 5:
    case 6:
      store();
      break;
    case 7:
      bulk();
      break;
    case 8:
      table_write();
      break;
    case 9:
      call_statement();
      break;
    case 10:
      tail_call();
      break;
    default:
      assignment();
      break;
  }
  --depth_;
}

void Body::assignment() {
  if (shape_.globals.size() > 1 && random_.one_in(2)) {
    const std::uint32_t index = 1 + random_.below(shape_.globals.size() - 1);
    expression(shape_.globals[index]);
    canonicalize(shape_.globals[index]);
    global(Opcode::kGlobalSet, index);
    return;
  }
  if (type_.params.empty()) return;
  const std::uint32_t index = random_.below(type_.params.size());
  expression(type_.params[index]);
  local(Opcode::kLocalSet, index);
}

void Body::conditional() {
  expression(ValueType::kI32);
  code_.op(Opcode::kIf);
  code_.byte(0x40);
  ++num_labels_;
  statements();
  if (random_.one_in(2)) {
    code_.op(Opcode::kElse);
    statements();
  }
  --num_labels_;
  code_.op(Opcode::kEnd);
}

void Body::block() {
  code_.op(Opcode::kBlock);
  code_.byte(0x40);
  ++num_labels_;
  statements();
  --num_labels_;
  code_.op(Opcode::kEnd);
}

void Body::loop() {
  const std::uint32_t counter = add_local(ValueType::kI32);
  i32(1 + random_.below(6));
  local(Opcode::kLocalSet, counter);
  code_.op(Opcode::kLoop);
  code_.byte(0x40);
  ++num_labels_;
  burn_fuel();
  statements();
  local(Opcode::kLocalGet, counter);
  i32(1);
  code_.op(Opcode::kI32Sub);
  local(Opcode::kLocalTee, counter);
  code_.op(Opcode::kBrIf);
  code_.number(0);
  --num_labels_;
  code_.op(Opcode::kEnd);
}

void Body::branch_out() {
  if (num_labels_ == 0) return;
  if (random_.one_in(2)) {
    expression(ValueType::kI32);
    code_.op(Opcode::kBrIf);
    code_.number(random_.below(num_labels_));
    return;
  }
  // A br_table of its own, so that what follows can be reached.
  code_.op(Opcode::kBlock);
  code_.byte(0x40);
  expression(ValueType::kI32);
  code_.op(Opcode::kBrTable);
  const std::uint32_t count = random_.below(8);
  code_.number(count);
  for (std::uint32_t i = 0; i < count; ++i)
    code_.number(random_.below(num_labels_ + 1));
  code_.number(0);
  code_.op(Opcode::kEnd);
}

void Body::store() {
  const Opcode opcode = random_.pick(accesses(':'));
  const wasm::OpcodeRow& row = wasm::row_of(opcode);
  const std::uint32_t memory = pick_memory();
  address(shape_.memories[memory], row.width_log2);
  const ValueType value = type_of_letter(row.signature[1]);
  expression(value);
  canonicalize(value);
  mem_arg(opcode, memory);
}

void Body::bulk() {
  const std::uint32_t to = pick_memory();
  const std::uint32_t from = pick_memory();
  switch (random_.below(4)) {
    case 0:
      address(shape_.memories[to], 0);
      address(shape_.memories[from], 0);
      if (shape_.memories[to] == ValueType::kI64 && shape_.memories[from] == ValueType::kI64) {
        code_.op(Opcode::kI64Const);
        code_.signed_number(random_.below(300));
      } else {
        i32(random_.below(300));
      }
      code_.op(Opcode::kMemoryCopy);
      code_.number(to);
      code_.number(from);
      break;
    case 1:
      address(shape_.memories[to], 0);
      expression(ValueType::kI32);
      if (shape_.memories[to] == ValueType::kI64) {
        code_.op(Opcode::kI64Const);
        code_.signed_number(random_.below(300));
      } else {
        i32(random_.below(300));
      }
      code_.op(Opcode::kMemoryFill);
      code_.number(to);
      break;
    case 2:
      address(shape_.memories[to], 0);
      i32(random_.below(shape_.num_data_bytes + 2));
      i32(random_.below(shape_.num_data_bytes / 2 + 2));
      code_.op(Opcode::kMemoryInit);
      code_.number(0);
      code_.number(to);
      break;
    default:
      if (shape_.memories[to] == ValueType::kI64) {
        code_.op(Opcode::kI64Const);
        code_.signed_number(random_.below(3));
      } else {
        i32(random_.below(3));
      }
      code_.op(Opcode::kMemoryGrow);
      code_.number(to);
      code_.op(Opcode::kDrop);
      break;
  }
}

void Body::index(std::uint32_t end) {
  expression(ValueType::kI32);
  if (random_.one_in(20)) return;
  i32(end);
  code_.op(Opcode::kI32RemU);
}

void Body::table_write() {
  const std::uint32_t end = shape_.num_table_entries;
  switch (random_.below(3)) {
    case 0:
      index(end);
      code_.op(Opcode::kRefFunc);
      code_.number(random_.below(shape_.functions.size()));
      code_.op(Opcode::kTableSet);
      code_.number(0);
      break;
    case 1:
      index(end);
      index(end);
      i32(random_.below(3));
      code_.op(Opcode::kTableCopy);
      code_.number(0);
      code_.number(0);
      break;
    default:
      index(end);
      index(end);
      code_.op(Opcode::kTableGet);
      code_.number(0);
      i32(random_.below(2));
      code_.op(Opcode::kTableFill);
      code_.number(0);
      break;
  }
}

void Body::call_statement() {
  if (random_.one_in(2)) {
    call_function();
  } else {
    call_table();
  }
}

void Body::call_function() {
  const std::uint32_t callee = random_.below(shape_.functions.size());
  const wasm::FuncType& type = shape_.types[shape_.functions[callee]];
  for (const ValueType param : type.params)
    expression(param);
  code_.op(Opcode::kCall);
  code_.number(callee);
  for (std::size_t i = 0; i < type.results.size(); ++i)
    code_.op(Opcode::kDrop);
}

void Body::call_table() {
  const std::uint32_t type = random_.below(shape_.types.size());
  for (const ValueType param : shape_.types[type].params)
    expression(param);
  index(shape_.num_table_entries);
  code_.op(Opcode::kCallIndirect);
  code_.number(type);
  code_.number(0);
  for (std::size_t i = 0; i < shape_.types[type].results.size(); ++i)
    code_.op(Opcode::kDrop);
}

void Body::tail_call() {
  std::vector<std::uint32_t> fitting;
  for (std::uint32_t i = 0; i < shape_.functions.size(); ++i) {
    if (shape_.types[shape_.functions[i]].results == type_.results) fitting.push_back(i);
  }
  if (fitting.empty()) return;
  const std::uint32_t callee = random_.pick(fitting);
  expression(ValueType::kI32);
  code_.op(Opcode::kIf);
  code_.byte(0x40);
  for (const ValueType param : shape_.types[shape_.functions[callee]].params)
    expression(param);
  code_.op(Opcode::kReturnCall);
  code_.number(callee);
  code_.op(Opcode::kEnd);
}

// --- expressions ----------------------------------------------------------------------------

void Body::expression(ValueType type) {
  if (budget_-- <= 0 || depth_ >= kMaxDepth) {
    leaf(type);
    return;
  }
  ++depth_;
  switch (random_.below(10)) {
    case 0:
    case 1:
      leaf(type);
      break;
    case 2:
    case 3:
      load(type);
      break;
    case 4:
      choice(type);
      break;
    case 5:
      block_value(type);
      break;
    default:
      operation(type);
      break;
  }
  --depth_;
}

void Body::leaf(ValueType type) {
  std::vector<std::uint32_t> globals;
  for (std::uint32_t i = 1; i < shape_.globals.size(); ++i) {
    if (shape_.globals[i] == type) globals.push_back(i);
  }
  if (!globals.empty() && random_.one_in(3)) {
    global(Opcode::kGlobalGet, random_.pick(globals));
  } else if (random_.one_in(2)) {
    local(Opcode::kLocalGet, pick_local(type));
  } else if (!random_.one_in(8) || !read_size(type)) {
    constant(type);
  }
}

bool Body::read_size(ValueType type) {
  if (type == ValueType::kI32 && random_.one_in(2)) {
    code_.op(Opcode::kTableSize);
    code_.number(0);
    return true;
  }
  const std::uint32_t memory = pick_memory();
  if (shape_.memories[memory] != type) return false;
  code_.op(Opcode::kMemorySize);
  code_.number(memory);
  return true;
}

void Body::constant(ValueType type) {
  constexpr std::array<std::uint64_t, 8> kInteresting = {
      0, 1, ~0ULL, 0x80000000, 0x7fffffff, 0x8000000000000000, 0x7fffffffffffffff, 31};
  const std::uint64_t number = random_.one_in(2) ? random_.pick(kInteresting) : random_.next();
  constexpr std::array<double, 8> kFloats = {
      0.0, -0.0, 1.0, -1.5, 1e30, 4294967296.0, 1e-310, std::numeric_limits<double>::infinity()};
  const double real = random_.one_in(4) ? static_cast<double>(static_cast<std::int64_t>(number))
                                        : random_.pick(kFloats);
  switch (type) {
    case ValueType::kI32:
      i32(static_cast<std::uint32_t>(number));
      break;
    case ValueType::kI64:
      code_.op(Opcode::kI64Const);
      code_.signed_number(static_cast<std::int64_t>(number));
      break;
    case ValueType::kF32:
      code_.op(Opcode::kF32Const);
      code_.fixed(std::bit_cast<std::uint32_t>(static_cast<float>(real)), 4);
      break;
    case ValueType::kF64:
      code_.op(Opcode::kF64Const);
      code_.fixed(std::bit_cast<std::uint64_t>(real), 8);
      break;
    case ValueType::kV128:
    case ValueType::kFuncRef:
    case ValueType::kExternRef:
    case ValueType::kExnRef:
      code_.op(Opcode::kV128Const);
      code_.fixed(number, 8);
      code_.fixed(random_.next(), 8);
      break;
  }
}

void Body::operation(ValueType type) {
  const Opcode opcode = random_.pick(operations(type));
  const wasm::OpcodeRow& row = wasm::row_of(opcode);
  for (const char letter : row.signature.substr(0, row.signature.find(':'))) {
    const ValueType operand = type_of_letter(letter);
    expression(operand);
    if (is_float(operand) && shows_bits(row.text)) canonicalize(operand);
  }
  code_.op(opcode);
  if (row.immediates == Immediates::kLane) {
    code_.byte(static_cast<std::uint8_t>(random_.below(wasm::num_lanes(opcode))));
  }
  if (makes_float_lanes(row.text) && type == ValueType::kV128) {
    canonicalize_lanes(row.text.starts_with("f32x4."));
  }
}

void Body::address(ValueType type, std::uint32_t align_log2) {
  expression(type);
  if (random_.one_in(40)) return;
  const std::uint64_t mask = 0xffffU & ~((1U << align_log2) - 1);
  if (type == ValueType::kI64) {
    code_.op(Opcode::kI64Const);
    code_.signed_number(static_cast<std::int64_t>(mask));
    code_.op(Opcode::kI64And);
  } else {
    i32(static_cast<std::uint32_t>(mask));
    code_.op(Opcode::kI32And);
  }
}

void Body::mem_arg(Opcode opcode, std::uint32_t memory) {
  const wasm::OpcodeRow& row = wasm::row_of(opcode);
  const bool is_atomic = row.feature == OpcodeFeature::kThreads;
  code_.op(opcode);
  const std::uint32_t align = is_atomic ? row.width_log2 : random_.below(row.width_log2 + 1U);
  constexpr std::uint32_t kHasMemory = 1U << 6;
  code_.number(memory == 0 ? align : align | kHasMemory);
  if (memory != 0) code_.number(memory);
  if (random_.one_in(30)) {
    code_.number(random_.next() & 0xffffffff);
  } else {
    code_.number(random_.one_in(3) ? random_.below(64) << row.width_log2 : 0);
  }
  if (row.immediates == Immediates::kMemArgLane) {
    code_.byte(static_cast<std::uint8_t>(random_.below(wasm::num_lanes(opcode))));
  }
}

void Body::load(ValueType type) {
  const Opcode opcode = random_.pick(accesses(letter_of(type)));
  const wasm::OpcodeRow& row = wasm::row_of(opcode);
  const std::uint32_t memory = pick_memory();
  address(shape_.memories[memory], row.width_log2);
  for (const char letter : row.signature.substr(1, row.signature.find(':') - 1))
    expression(type_of_letter(letter));
  mem_arg(opcode, memory);
}

void Body::choice(ValueType type) {
  expression(type);
  expression(type);
  expression(ValueType::kI32);
  code_.op(Opcode::kSelectT);
  code_.number(1);
  code_.type(type);
}

void Body::block_value(ValueType type) {
  // Statements inside may leave blocks without values only: this one hides those outside.
  const std::uint32_t outer = num_labels_;
  num_labels_ = 0;
  if (random_.one_in(2)) {
    expression(ValueType::kI32);
    code_.op(Opcode::kIf);
    code_.type(type);
    statement();
    expression(type);
    code_.op(Opcode::kElse);
    expression(type);
  } else {
    code_.op(Opcode::kBlock);
    code_.type(type);
    expression(type);
    expression(ValueType::kI32);
    code_.op(Opcode::kBrIf);
    code_.number(0);
    code_.op(Opcode::kDrop);
    expression(type);
  }
  num_labels_ = outer;
  code_.op(Opcode::kEnd);
}

// --- NaN ------------------------------------------------------------------------------------

void Body::canonicalize(ValueType type) {
  if (!is_float(type)) return;
  const bool is_f32 = type == ValueType::kF32;
  const std::uint32_t value = add_local(type);
  local(Opcode::kLocalTee, value);
  if (is_f32) {
    code_.op(Opcode::kF32Const);
    code_.fixed(0x7fc00000, 4);
  } else {
    code_.op(Opcode::kF64Const);
    code_.fixed(0x7ff8000000000000, 8);
  }
  local(Opcode::kLocalGet, value);
  local(Opcode::kLocalGet, value);
  code_.op(is_f32 ? Opcode::kF32Eq : Opcode::kF64Eq);
  code_.op(Opcode::kSelect);
}

void Body::canonicalize_lanes(bool is_f32) {
  const std::uint32_t value = add_local(ValueType::kV128);
  local(Opcode::kLocalTee, value);
  code_.op(Opcode::kV128Const);
  const std::uint64_t nan = is_f32 ? 0x7fc000007fc00000 : 0x7ff8000000000000;
  code_.fixed(nan, 8);
  code_.fixed(nan, 8);
  local(Opcode::kLocalGet, value);
  local(Opcode::kLocalGet, value);
  code_.op(is_f32 ? Opcode::kF32x4Eq : Opcode::kF64x2Eq);
  code_.op(Opcode::kV128Bitselect);
}

}  // namespace lind::fuzz
