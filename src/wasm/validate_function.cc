// Follows the appendix "Validation Algorithm" of the WebAssembly 2.0 core specification: one pass
// over the instructions with a stack of operand types and a stack of open blocks.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "wasm/instruction.h"
#include "wasm/instruction_reader.h"
#include "wasm/operand_stack_internal.h"
#include "wasm/types.h"
#include "wasm/validate.h"

namespace lind::wasm {
namespace {

constexpr ValueType kI32 = ValueType::kI32;

// The type of one letter in a signature of opcodes.def.
constexpr ValueType type_of_letter(char letter) noexcept {
  if (letter == 'i') return ValueType::kI32;
  if (letter == 'I') return ValueType::kI64;
  if (letter == 'f') return ValueType::kF32;
  if (letter == 'F') return ValueType::kF64;
  return ValueType::kV128;
}

// One value type as a list that lives forever.
Types list_of(ValueType type) noexcept {
  static constexpr std::array kAll = {ValueType::kI32,       ValueType::kI64,   ValueType::kF32,
                                      ValueType::kF64,       ValueType::kV128,  ValueType::kFuncRef,
                                      ValueType::kExternRef, ValueType::kExnRef};
  return Types(std::ranges::find(kAll, type), 1);
}

ErrorOr<void> check_index(std::string_view what, std::uint32_t index, std::size_t count) {
  if (index < count) return {};
  return Error(fmt::format("unknown {} {}, there are {}", what, index, count));
}

class FunctionValidator {
 public:
  FunctionValidator(const Module& module, std::uint32_t index)
      : module_(module),
        function_(module.functions[index]),
        type_(module.types[function_.type]),
        reader_(function_, module.features) {
    std::uint64_t end = type_.params.size();
    for (const LocalRun& run : function_.locals)
      local_ends_.push_back(end += run.count);
  }

  ErrorOr<void> validate();

 private:
  using Rule = ErrorOr<void> (FunctionValidator::*)(const Instruction&);
  static constexpr std::array<Rule, kNumOpcodes> make_rules();

  ErrorOr<void> check_instruction(const Instruction& in);
  ErrorOr<void> check_immediates(const Instruction& in) const;
  ErrorOr<void> check_mem_arg(const Instruction& in) const;
  ErrorOr<void> check_lane(const Instruction& in) const;
  ErrorOr<void> check_data(std::uint32_t index) const;
  ErrorOr<void> check_memory(std::uint32_t index) const {
    return check_index("memory", index, module_.memories.size());
  }
  ErrorOr<void> check_table(std::uint32_t index) const {
    return check_index("table", index, module_.tables.size());
  }
  ErrorOr<void> check_tables(const Instruction& in) const;
  ErrorOr<void> check_table_init(const Instruction& in) const;
  ErrorOr<void> check_block_type(const Instruction& in) const;
  ErrorOr<void> check_tag(std::uint32_t index) const {
    return check_index("tag", index, module_.tags.size());
  }
  ErrorOr<void> check_catch(const Catch& clause) const;

  ErrorOr<void> on_signature(const Instruction& in);
  ErrorOr<void> on_unreachable(const Instruction& in);
  ErrorOr<void> on_block(const Instruction& in);
  ErrorOr<void> on_else(const Instruction& in);
  ErrorOr<void> on_end(const Instruction& in);
  ErrorOr<void> on_catch(const Instruction& in);
  ErrorOr<void> on_delegate(const Instruction& in);
  ErrorOr<void> on_throw(const Instruction& in);
  ErrorOr<void> on_rethrow(const Instruction& in);
  ErrorOr<void> on_throw_ref(const Instruction& in);
  ErrorOr<void> on_try_table(const Instruction& in);
  ErrorOr<void> on_br(const Instruction& in);
  ErrorOr<void> on_br_if(const Instruction& in);
  ErrorOr<void> on_br_table(const Instruction& in);
  ErrorOr<void> on_return(const Instruction& in);
  ErrorOr<void> on_call(const Instruction& in);
  ErrorOr<void> on_call_indirect(const Instruction& in);
  ErrorOr<void> on_return_call(const Instruction& in);
  ErrorOr<void> on_return_call_indirect(const Instruction& in);
  ErrorOr<void> on_drop(const Instruction& in);
  ErrorOr<void> on_select(const Instruction& in);
  ErrorOr<void> on_select_t(const Instruction& in);
  ErrorOr<void> on_local_get(const Instruction& in);
  ErrorOr<void> on_local_set(const Instruction& in);
  ErrorOr<void> on_local_tee(const Instruction& in);
  ErrorOr<void> on_global_get(const Instruction& in);
  ErrorOr<void> on_global_set(const Instruction& in);
  ErrorOr<void> on_table_get(const Instruction& in);
  ErrorOr<void> on_table_set(const Instruction& in);
  ErrorOr<void> on_table_grow(const Instruction& in);
  ErrorOr<void> on_table_fill(const Instruction& in);
  ErrorOr<void> on_table_size(const Instruction& in);
  ErrorOr<void> on_table_copy(const Instruction& in);
  ErrorOr<void> on_table_init(const Instruction& in);
  ErrorOr<void> on_access(const Instruction& in);
  ErrorOr<void> on_memory_size(const Instruction& in);
  ErrorOr<void> on_memory_grow(const Instruction& in);
  ErrorOr<void> on_memory_fill(const Instruction& in);
  ErrorOr<void> on_memory_copy(const Instruction& in);
  ErrorOr<void> on_memory_init(const Instruction& in);
  ErrorOr<void> on_ref_null(const Instruction& in);
  ErrorOr<void> on_ref_is_null(const Instruction& in);
  ErrorOr<void> on_ref_func(const Instruction& in);

  ErrorOr<void> apply(const FuncType& type);
  ErrorOr<void> leave_with(const FuncType& type);
  ErrorOr<ValueType> local_type(std::uint32_t index) const;
  ValueType element_type(std::uint32_t table) const { return module_.tables[table].type.element; }
  ValueType table_address(std::uint32_t table) const { return module_.tables[table].type.address; }
  ValueType memory_address(std::uint32_t memory) const {
    return module_.memories[memory].type.address;
  }
  ErrorOr<void> pop_transfer(ValueType to, ValueType from);
  Types params_of(const BlockType& block) const;
  Types results_of(const BlockType& block) const;

  const Module& module_;
  const Function& function_;
  const FuncType& type_;
  InstructionReader reader_;
  OperandStack stack_;
  std::vector<std::uint64_t> local_ends_;  // first local behind each run of function_.locals
};

ErrorOr<void> FunctionValidator::validate() {
  LIND_TRY(stack_.open(Opcode::kBlock, {}, type_.results));
  while (!stack_.is_closed()) {
    const Instruction& in = *LIND_TRY(reader_.next());
    const ErrorOr<void> result = check_instruction(in);
    if (!result.ok()) {
      return Error(result.error())
          .in(fmt::format("{} at offset {}", row_of(in.opcode).text, in.offset));
    }
  }
  if (reader_.done()) return {};
  return Error(
      fmt::format("code behind the end of the body at offset {}", reader_.reader().offset()));
}

constexpr std::array<FunctionValidator::Rule, kNumOpcodes> FunctionValidator::make_rules() {
  using V = FunctionValidator;
  std::array<Rule, kNumOpcodes> rules{};
  rules.fill(&V::on_signature);
  for (std::size_t opcode = 0; opcode < kNumOpcodes; ++opcode) {
    const Immediates immediates = internal::kOpcodeRows[opcode].immediates;
    if (immediates == Immediates::kMemArg || immediates == Immediates::kMemArgLane) {
      rules[opcode] = &V::on_access;
    }
  }
  const auto set = [&rules](Opcode opcode, Rule rule) {
    rules[static_cast<std::size_t>(opcode)] = rule;
  };
  set(Opcode::kUnreachable, &V::on_unreachable);
  set(Opcode::kBlock, &V::on_block);
  set(Opcode::kLoop, &V::on_block);
  set(Opcode::kIf, &V::on_block);
  set(Opcode::kElse, &V::on_else);
  set(Opcode::kEnd, &V::on_end);
  set(Opcode::kTry, &V::on_block);
  set(Opcode::kCatch, &V::on_catch);
  set(Opcode::kCatchAll, &V::on_catch);
  set(Opcode::kDelegate, &V::on_delegate);
  set(Opcode::kThrow, &V::on_throw);
  set(Opcode::kRethrow, &V::on_rethrow);
  set(Opcode::kThrowRef, &V::on_throw_ref);
  set(Opcode::kTryTable, &V::on_try_table);
  set(Opcode::kBr, &V::on_br);
  set(Opcode::kBrIf, &V::on_br_if);
  set(Opcode::kBrTable, &V::on_br_table);
  set(Opcode::kReturn, &V::on_return);
  set(Opcode::kCall, &V::on_call);
  set(Opcode::kCallIndirect, &V::on_call_indirect);
  set(Opcode::kReturnCall, &V::on_return_call);
  set(Opcode::kReturnCallIndirect, &V::on_return_call_indirect);
  set(Opcode::kDrop, &V::on_drop);
  set(Opcode::kSelect, &V::on_select);
  set(Opcode::kSelectT, &V::on_select_t);
  set(Opcode::kLocalGet, &V::on_local_get);
  set(Opcode::kLocalSet, &V::on_local_set);
  set(Opcode::kLocalTee, &V::on_local_tee);
  set(Opcode::kGlobalGet, &V::on_global_get);
  set(Opcode::kGlobalSet, &V::on_global_set);
  set(Opcode::kTableGet, &V::on_table_get);
  set(Opcode::kTableSet, &V::on_table_set);
  set(Opcode::kTableGrow, &V::on_table_grow);
  set(Opcode::kTableFill, &V::on_table_fill);
  set(Opcode::kTableSize, &V::on_table_size);
  set(Opcode::kTableCopy, &V::on_table_copy);
  set(Opcode::kTableInit, &V::on_table_init);
  set(Opcode::kMemorySize, &V::on_memory_size);
  set(Opcode::kMemoryGrow, &V::on_memory_grow);
  set(Opcode::kMemoryFill, &V::on_memory_fill);
  set(Opcode::kMemoryCopy, &V::on_memory_copy);
  set(Opcode::kMemoryInit, &V::on_memory_init);
  set(Opcode::kRefNull, &V::on_ref_null);
  set(Opcode::kRefIsNull, &V::on_ref_is_null);
  set(Opcode::kRefFunc, &V::on_ref_func);
  return rules;
}

ErrorOr<void> FunctionValidator::check_instruction(const Instruction& in) {
  static constexpr std::array<Rule, kNumOpcodes> kRules = make_rules();
  LIND_TRY(check_immediates(in));
  return (this->*kRules[static_cast<std::size_t>(in.opcode)])(in);
}

// Every index and number of the instruction, so that the rules may use them unchecked.  Labels and
// locals are checked where they are looked up.
ErrorOr<void> FunctionValidator::check_immediates(const Instruction& in) const {
  switch (row_of(in.opcode).immediates) {
    case Immediates::kNone:
    case Immediates::kLabel:
    case Immediates::kLabels:
    case Immediates::kValueTypes:
    case Immediates::kLocal:
    case Immediates::kI32:
    case Immediates::kI64:
    case Immediates::kF32:
    case Immediates::kF64:
    case Immediates::kV128:
    case Immediates::kRefType:
    case Immediates::kZeroByte:
      return {};
    case Immediates::kBlock:
    case Immediates::kTryTable:
      return check_block_type(in);
    case Immediates::kTag:
      return check_tag(in.index);
    case Immediates::kFunction:
      return check_index("function", in.index, module_.functions.size());
    case Immediates::kTypeTable:
      LIND_TRY(check_table(in.index2));
      return check_index("type", in.index, module_.types.size());
    case Immediates::kGlobal:
      return check_index("global", in.index, module_.globals.size());
    case Immediates::kTable:
      return check_table(in.index);
    case Immediates::kTableTable:
      return check_tables(in);
    case Immediates::kElement:
      return check_index("element segment", in.index, module_.elements.size());
    case Immediates::kElementTable:
      return check_table_init(in);
    case Immediates::kMemory:
      return check_memory(in.index);
    case Immediates::kMemoryMemory:
      LIND_TRY(check_memory(in.index));
      return check_memory(in.index2);
    case Immediates::kData:
      return check_data(in.index);
    case Immediates::kDataMemory:
      LIND_TRY(check_memory(in.index2));
      return check_data(in.index);
    case Immediates::kMemArg:
      return check_mem_arg(in);
    case Immediates::kMemArgLane:
      LIND_TRY(check_mem_arg(in));
      return check_lane(in);
    case Immediates::kLane:
    case Immediates::kShuffle:
      return check_lane(in);
  }
  return {};
}

ErrorOr<void> FunctionValidator::check_block_type(const Instruction& in) const {
  if (!in.block_type.type) return {};
  return check_index("type", *in.block_type.type, module_.types.size());
}

ErrorOr<void> FunctionValidator::check_mem_arg(const Instruction& in) const {
  LIND_TRY(check_memory(in.mem.memory));
  const std::uint32_t natural = row_of(in.opcode).width_log2;
  if (in.mem.align_log2 > natural) {
    return Error(
        fmt::format("alignment 2^{} is larger than the natural 2^{}", in.mem.align_log2, natural));
  }
  if (memory_address(in.mem.memory) == kI32 && in.mem.offset > UINT32_MAX) {
    return Error(fmt::format("offset {} for a memory of 32-bit addresses", in.mem.offset));
  }
  const bool is_atomic = row_of(in.opcode).feature == OpcodeFeature::kThreads;
  if (is_atomic && in.mem.align_log2 != natural) {
    return Error(fmt::format("alignment 2^{} of an atomic access is not the natural 2^{}",
                             in.mem.align_log2, natural));
  }
  return {};
}

ErrorOr<void> FunctionValidator::check_lane(const Instruction& in) const {
  constexpr std::uint8_t kShuffleLanes = 32;
  if (in.opcode == Opcode::kI8x16Shuffle) {
    const std::uint8_t largest = *std::ranges::max_element(in.bytes);
    if (largest < kShuffleLanes) return {};
    return Error(fmt::format("lane {} of {}", largest, kShuffleLanes));
  }
  if (in.lane < num_lanes(in.opcode)) return {};
  return Error(fmt::format("lane {} of {}", in.lane, num_lanes(in.opcode)));
}

ErrorOr<void> FunctionValidator::check_data(std::uint32_t index) const {
  if (!module_.data_count) return Error("data count section required");
  return check_index("data segment", index, *module_.data_count);
}

ErrorOr<void> FunctionValidator::check_tables(const Instruction& in) const {
  LIND_TRY(check_table(in.index));
  LIND_TRY(check_table(in.index2));
  if (element_type(in.index) == element_type(in.index2)) return {};
  return Error(fmt::format("type mismatch: tables of {} and {}", to_string(element_type(in.index)),
                           to_string(element_type(in.index2))));
}

ErrorOr<void> FunctionValidator::check_table_init(const Instruction& in) const {
  LIND_TRY(check_table(in.index2));
  LIND_TRY(check_index("element segment", in.index, module_.elements.size()));
  const ValueType type = module_.elements[in.index].type;
  if (type == element_type(in.index2)) return {};
  return Error(fmt::format("type mismatch: elements of {} for a table of {}", to_string(type),
                           to_string(element_type(in.index2))));
}

ErrorOr<void> FunctionValidator::on_signature(const Instruction& in) {
  const std::string_view signature = row_of(in.opcode).signature;
  const std::size_t colon = signature.find(':');
  for (std::size_t left = colon; left > 0; --left) {
    LIND_TRY(stack_.pop(type_of_letter(signature[left - 1])));
  }
  for (const char letter : signature.substr(colon + 1)) {
    LIND_TRY(stack_.push(type_of_letter(letter)));
  }
  return {};
}

ErrorOr<void> FunctionValidator::apply(const FuncType& type) {
  LIND_TRY(stack_.pop(Types(type.params)));
  return stack_.push(Types(type.results));
}

Types FunctionValidator::params_of(const BlockType& block) const {
  return block.type ? Types(module_.types[*block.type].params) : Types();
}

Types FunctionValidator::results_of(const BlockType& block) const {
  if (block.type) return module_.types[*block.type].results;
  return block.result ? list_of(*block.result) : Types();
}

ErrorOr<void> FunctionValidator::on_unreachable(const Instruction& /*in*/) {
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_block(const Instruction& in) {
  if (in.opcode == Opcode::kIf) LIND_TRY(stack_.pop(kI32));
  const Types params = params_of(in.block_type);
  LIND_TRY(stack_.pop(params));
  return stack_.open(in.opcode, params, results_of(in.block_type));
}

ErrorOr<void> FunctionValidator::on_else(const Instruction& in) {
  if (stack_.innermost().opcode != Opcode::kIf) return Error("there is no if that it belongs to");
  const ControlFrame block = LIND_TRY(stack_.close());
  return stack_.open(in.opcode, block.params, block.results);
}

ErrorOr<void> FunctionValidator::on_end(const Instruction& /*in*/) {
  const ControlFrame block = LIND_TRY(stack_.close());
  if (block.opcode == Opcode::kIf && !std::ranges::equal(block.params, block.results)) {
    return Error("type mismatch: an if without else must leave what it takes");
  }
  if (stack_.is_closed()) return {};
  return stack_.push(block.results);
}

// What ends the body of a try, or the catch before this one.
ErrorOr<void> FunctionValidator::on_catch(const Instruction& in) {
  const Opcode before = stack_.innermost().opcode;
  if (before != Opcode::kTry && before != Opcode::kCatch) {
    return Error("there is no try that it belongs to");
  }
  const ControlFrame block = LIND_TRY(stack_.close());
  const Types payload = in.opcode == Opcode::kCatch ? Types(module_.payload_of(in.index)) : Types();
  return stack_.open(in.opcode, payload, block.results);
}

// Its label counts from the block around the try.
ErrorOr<void> FunctionValidator::on_delegate(const Instruction& in) {
  if (stack_.innermost().opcode != Opcode::kTry) {
    return Error("there is no try that it belongs to");
  }
  const ControlFrame block = LIND_TRY(stack_.close());
  LIND_TRY(stack_.frame(in.index));
  return stack_.push(block.results);
}

ErrorOr<void> FunctionValidator::on_throw(const Instruction& in) {
  LIND_TRY(stack_.pop(Types(module_.payload_of(in.index))));
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_rethrow(const Instruction& in) {
  const Opcode opcode = LIND_TRY(stack_.frame(in.index))->opcode;
  if (opcode != Opcode::kCatch && opcode != Opcode::kCatchAll) {
    return Error(fmt::format("invalid rethrow label {}: it names no catch", in.index));
  }
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_throw_ref(const Instruction& /*in*/) {
  LIND_TRY(stack_.pop(ValueType::kExnRef));
  stack_.set_unreachable();
  return {};
}

// The clause must bring what its label takes.
ErrorOr<void> FunctionValidator::check_catch(const Catch& clause) const {
  Types wanted = LIND_TRY(stack_.frame(clause.label))->label_types();
  if (clause.gives_reference()) {
    if (wanted.empty() || wanted.back() != ValueType::kExnRef) {
      return Error(fmt::format("type mismatch: label {} takes no exnref", clause.label));
    }
    wanted = wanted.first(wanted.size() - 1);
  }
  Types payload;
  if (clause.names_tag()) {
    LIND_TRY(check_tag(clause.tag));
    payload = module_.payload_of(clause.tag);
  }
  if (std::ranges::equal(wanted, payload)) return {};
  return Error(
      fmt::format("type mismatch: label {} takes other operands than are caught", clause.label));
}

ErrorOr<void> FunctionValidator::on_try_table(const Instruction& in) {
  const Types params = params_of(in.block_type);
  LIND_TRY(stack_.pop(params));
  for (const Catch& clause : in.catches)
    LIND_TRY(check_catch(clause));
  return stack_.open(in.opcode, params, results_of(in.block_type));
}

ErrorOr<void> FunctionValidator::on_br(const Instruction& in) {
  const ControlFrame& target = *LIND_TRY(stack_.frame(in.index));
  LIND_TRY(stack_.pop(target.label_types()));
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_br_if(const Instruction& in) {
  LIND_TRY(stack_.pop(kI32));
  const Types types = LIND_TRY(stack_.frame(in.index))->label_types();
  LIND_TRY(stack_.pop(types));
  return stack_.push(types);
}

ErrorOr<void> FunctionValidator::on_br_table(const Instruction& in) {
  LIND_TRY(stack_.pop(kI32));
  const std::size_t arity = LIND_TRY(stack_.frame(in.labels.back()))->label_types().size();
  for (const std::uint32_t label : in.labels) {
    const Types types = LIND_TRY(stack_.frame(label))->label_types();
    if (types.size() != arity) {
      return Error(fmt::format("type mismatch: label {} takes {} operands, the default {}", label,
                               types.size(), arity));
    }
    LIND_TRY(stack_.check_top(types));
  }
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_return(const Instruction& /*in*/) {
  LIND_TRY(stack_.pop(stack_.outermost().results));
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_call(const Instruction& in) {
  return apply(module_.type_of(in.index));
}

ErrorOr<void> FunctionValidator::on_call_indirect(const Instruction& in) {
  if (element_type(in.index2) != ValueType::kFuncRef) {
    return Error(fmt::format("type mismatch: table {} does not hold functions", in.index2));
  }
  LIND_TRY(stack_.pop(table_address(in.index2)));
  return apply(module_.types[in.index]);
}

// The callee's results are those of this function.
ErrorOr<void> FunctionValidator::leave_with(const FuncType& type) {
  if (!std::ranges::equal(type.results, stack_.outermost().results)) {
    return Error("type mismatch: results of the callee and of this function differ");
  }
  LIND_TRY(stack_.pop(Types(type.params)));
  stack_.set_unreachable();
  return {};
}

ErrorOr<void> FunctionValidator::on_return_call(const Instruction& in) {
  return leave_with(module_.type_of(in.index));
}

ErrorOr<void> FunctionValidator::on_return_call_indirect(const Instruction& in) {
  if (element_type(in.index2) != ValueType::kFuncRef) {
    return Error(fmt::format("type mismatch: table {} does not hold functions", in.index2));
  }
  LIND_TRY(stack_.pop(table_address(in.index2)));
  return leave_with(module_.types[in.index]);
}

ErrorOr<void> FunctionValidator::on_drop(const Instruction& /*in*/) {
  LIND_TRY(stack_.pop());
  return {};
}

ErrorOr<void> FunctionValidator::on_select(const Instruction& /*in*/) {
  LIND_TRY(stack_.pop(kI32));
  const ValueType first = LIND_TRY(stack_.pop());
  const ValueType type = LIND_TRY(stack_.pop(first));
  if (is_reference(type)) {
    return Error(fmt::format("type mismatch: references need a select with a type, found {}",
                             to_string(type)));
  }
  return stack_.push(type);
}

ErrorOr<void> FunctionValidator::on_select_t(const Instruction& in) {
  if (in.value_types.size() != 1) {
    return Error(fmt::format("{} result types, not 1", in.value_types.size()));
  }
  const ValueType type = in.value_types.front();
  LIND_TRY(stack_.pop(kI32));
  LIND_TRY(stack_.pop(type));
  LIND_TRY(stack_.pop(type));
  return stack_.push(type);
}

ErrorOr<ValueType> FunctionValidator::local_type(std::uint32_t index) const {
  if (index < type_.params.size()) return type_.params[index];
  const auto end = std::ranges::upper_bound(local_ends_, index);
  if (end == local_ends_.end()) return Error(fmt::format("unknown local {}", index));
  return function_.locals[static_cast<std::size_t>(end - local_ends_.begin())].type;
}

ErrorOr<void> FunctionValidator::on_local_get(const Instruction& in) {
  const ValueType type = LIND_TRY(local_type(in.index));
  return stack_.push(type);
}

ErrorOr<void> FunctionValidator::on_local_set(const Instruction& in) {
  const ValueType type = LIND_TRY(local_type(in.index));
  LIND_TRY(stack_.pop(type));
  return {};
}

ErrorOr<void> FunctionValidator::on_local_tee(const Instruction& in) {
  LIND_TRY(on_local_set(in));
  return on_local_get(in);
}

ErrorOr<void> FunctionValidator::on_global_get(const Instruction& in) {
  return stack_.push(module_.globals[in.index].type.value);
}

ErrorOr<void> FunctionValidator::on_global_set(const Instruction& in) {
  const GlobalType& type = module_.globals[in.index].type;
  if (!type.is_mutable) return Error(fmt::format("global {} is immutable", in.index));
  LIND_TRY(stack_.pop(type.value));
  return {};
}

ErrorOr<void> FunctionValidator::on_table_get(const Instruction& in) {
  LIND_TRY(stack_.pop(table_address(in.index)));
  return stack_.push(element_type(in.index));
}

ErrorOr<void> FunctionValidator::on_table_set(const Instruction& in) {
  LIND_TRY(stack_.pop(element_type(in.index)));
  LIND_TRY(stack_.pop(table_address(in.index)));
  return {};
}

ErrorOr<void> FunctionValidator::on_table_size(const Instruction& in) {
  return stack_.push(table_address(in.index));
}

ErrorOr<void> FunctionValidator::on_table_grow(const Instruction& in) {
  LIND_TRY(stack_.pop(table_address(in.index)));
  LIND_TRY(stack_.pop(element_type(in.index)));
  return stack_.push(table_address(in.index));
}

ErrorOr<void> FunctionValidator::on_table_fill(const Instruction& in) {
  LIND_TRY(stack_.pop(table_address(in.index)));
  LIND_TRY(stack_.pop(element_type(in.index)));
  LIND_TRY(stack_.pop(table_address(in.index)));
  return {};
}

// Where to, where from, and how many; the number is as narrow as the narrower of both.
ErrorOr<void> FunctionValidator::pop_transfer(ValueType to, ValueType from) {
  LIND_TRY(stack_.pop(to == from ? to : kI32));
  LIND_TRY(stack_.pop(from));
  LIND_TRY(stack_.pop(to));
  return {};
}

ErrorOr<void> FunctionValidator::on_table_copy(const Instruction& in) {
  return pop_transfer(table_address(in.index), table_address(in.index2));
}

// Positions in a segment are 32 bits wide.
ErrorOr<void> FunctionValidator::on_table_init(const Instruction& in) {
  return pop_transfer(table_address(in.index2), kI32);
}

// The address is the lowest operand.
ErrorOr<void> FunctionValidator::on_access(const Instruction& in) {
  const std::string_view signature = row_of(in.opcode).signature;
  const std::size_t colon = signature.find(':');
  for (std::size_t left = colon; left > 1; --left) {
    LIND_TRY(stack_.pop(type_of_letter(signature[left - 1])));
  }
  LIND_TRY(stack_.pop(memory_address(in.mem.memory)));
  for (const char letter : signature.substr(colon + 1)) {
    LIND_TRY(stack_.push(type_of_letter(letter)));
  }
  return {};
}

ErrorOr<void> FunctionValidator::on_memory_size(const Instruction& in) {
  return stack_.push(memory_address(in.index));
}

ErrorOr<void> FunctionValidator::on_memory_grow(const Instruction& in) {
  LIND_TRY(stack_.pop(memory_address(in.index)));
  return stack_.push(memory_address(in.index));
}

ErrorOr<void> FunctionValidator::on_memory_fill(const Instruction& in) {
  LIND_TRY(stack_.pop(memory_address(in.index)));
  LIND_TRY(stack_.pop(kI32));
  LIND_TRY(stack_.pop(memory_address(in.index)));
  return {};
}

ErrorOr<void> FunctionValidator::on_memory_copy(const Instruction& in) {
  return pop_transfer(memory_address(in.index), memory_address(in.index2));
}

ErrorOr<void> FunctionValidator::on_memory_init(const Instruction& in) {
  return pop_transfer(memory_address(in.index2), kI32);
}

ErrorOr<void> FunctionValidator::on_ref_null(const Instruction& in) {
  return stack_.push(in.value_type);
}

ErrorOr<void> FunctionValidator::on_ref_is_null(const Instruction& /*in*/) {
  const ValueType found = LIND_TRY(stack_.pop());
  if (found != kAnyType && !is_reference(found)) {
    return Error(fmt::format("type mismatch: expected a reference, found {}", to_string(found)));
  }
  return stack_.push(kI32);
}

ErrorOr<void> FunctionValidator::on_ref_func(const Instruction& in) {
  if (!module_.functions[in.index].is_declared) {
    return Error(fmt::format("undeclared reference to function {}", in.index));
  }
  return stack_.push(ValueType::kFuncRef);
}

}  // namespace

ErrorOr<void> validate_function(const Module& module, std::uint32_t function) {
  const ErrorOr<void> result = FunctionValidator(module, function).validate();
  if (result.ok()) return {};
  const std::string_view name = module.functions[function].name;
  return Error(result.error())
      .in(name.empty() ? fmt::format("function {}", function)
                       : fmt::format("function {} ({})", function, name));
}

}  // namespace lind::wasm
