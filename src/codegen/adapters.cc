// Functions around functions: parameters, results, import stubs, adapters for the host, and
// calls through a wrong declaration.

#include <cstddef>
#include <string>

#include <llvm/IR/Constants.h>

#include "codegen/function_emitter_internal.h"
#include "codegen/symbols_internal.h"

namespace lind::codegen {
namespace {

bool is_integer(const llvm::Value* value) {
  return value->getType()->isIntegerTy();
}

/// `value` as the register that holds it would be read for `to`, which is of the same class.
llvm::Value* reread(llvm::IRBuilder<>& b, llvm::Value* value, llvm::Type* to) {
  if (value->getType() == to) return value;
  if (value->getType()->isIntegerTy()) return b.CreateZExtOrTrunc(value, to);
  const auto bits = [](llvm::Type* type) {
    return static_cast<unsigned>(type->getPrimitiveSizeInBits().getFixedValue());
  };
  llvm::Value* whole = b.CreateBitCast(value, b.getIntNTy(bits(value->getType())));
  if (value->getType()->isVectorTy()) {
    whole = b.CreateExtractElement(value, std::uint64_t{0});
  }
  if (to->isVectorTy()) {
    whole = b.CreateZExtOrTrunc(whole, b.getInt64Ty());
    return b.CreateInsertElement(llvm::Constant::getNullValue(to), whole, std::uint64_t{0});
  }
  return b.CreateBitCast(b.CreateZExtOrTrunc(whole, b.getIntNTy(bits(to))), to);
}

/// The values that a callee with `params` finds in its registers when `given` were put there.
Values pass_registers(llvm::IRBuilder<>& b, llvm::ArrayRef<llvm::Value*> given,
                      llvm::ArrayRef<llvm::Type*> params) {
  Values integers;
  Values vectors;
  for (llvm::Value* value : given)
    (is_integer(value) ? integers : vectors).push_back(value);
  Values passed;
  std::size_t next_integer = 0;
  std::size_t next_vector = 0;
  for (llvm::Type* param : params) {
    const Values& source = param->isIntegerTy() ? integers : vectors;
    std::size_t& next = param->isIntegerTy() ? next_integer : next_vector;
    passed.push_back(next < source.size() ? reread(b, source[next], param)
                                          : llvm::Constant::getNullValue(param));
    ++next;
  }
  return passed;
}

}  // namespace

Values FunctionEmitter::incoming_params() {
  const Signature& signature = chunk_.plan().signatures[type_];
  const wasm::FuncType& type = module_.types[type_];
  Values params;
  unsigned next_register = 0;
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    params.push_back(signature.params[i].in_register
                         ? function_->getArg(next_register++)
                         : load_slot(type.params[i], signature.params[i].slot));
  }
  return params;
}

void FunctionEmitter::return_values(llvm::ArrayRef<llvm::Value*> results) {
  const Signature& signature = chunk_.plan().signatures[type_];
  for (std::size_t i = 1; i < results.size(); ++i) {
    store_slot(results[i], signature.results[i].slot, false);
  }
  if (results.empty()) {
    b_.CreateRetVoid();
  } else {
    b_.CreateRet(results[0]);
  }
}

Values FunctionEmitter::call_host(std::uint32_t type, vmabi::Builtin builtin,
                                  llvm::ArrayRef<llvm::Value*> builtin_args,
                                  llvm::ArrayRef<llvm::Value*> args) {
  const wasm::FuncType& wasm_type = module_.types[type];
  const std::vector<Place> places = host_places(wasm_type.params);
  for (std::size_t i = 0; i < args.size(); ++i)
    store_slot(args[i], places[i].slot, true);
  call_builtin(builtin, builtin_args);
  const std::vector<Place> result_places = host_places(wasm_type.results);
  Values results;
  for (std::size_t i = 0; i < wasm_type.results.size(); ++i) {
    results.push_back(load_slot(wasm_type.results[i], result_places[i].slot));
  }
  return results;
}

// What stands in a table for an import.  A builtin has our own convention.
void Chunk::emit_import_stub(std::uint32_t index) {
  const std::uint32_t type = module_.functions[index].type;
  FunctionEmitter stub(*this, type, function(index));
  if (plan_.builtins[index]) {
    Values registers;
    for (llvm::Argument& argument : function(index)->args())
      registers.push_back(&argument);
    llvm::CallInst* result = stub.call_builtin(*plan_.builtins[index], registers);
    if (*plan_.builtins[index] == vmabi::Builtin::k_longjmp) {
      stub.trap(vmabi::TrapCode::k_unreachable);
    } else {
      stub.return_values({result});
    }
    return;
  }
  stub.return_values(stub.call_host(type, vmabi::Builtin::k_call_import,
                                    {stub.builder().getInt32(index)}, stub.incoming_params()));
}

void Chunk::emit_adapter(std::uint32_t index) {
  const std::uint32_t type = module_.functions[index].type;
  const wasm::FuncType& wasm_type = module_.types[type];
  llvm::Function* entry = create_function(
      llvm::FunctionType::get(llvm::Type::getVoidTy(*context_), false), indexed_symbol('e', index));
  FunctionEmitter adapter(*this, type, entry);
  const std::vector<Place> places = host_places(wasm_type.params);
  Values args;
  for (std::size_t i = 0; i < wasm_type.params.size(); ++i) {
    args.push_back(adapter.load_slot(wasm_type.params[i], places[i].slot));
  }
  const Values results = adapter.call_by_convention(type, function(index), args);
  for (llvm::Instruction& instruction : entry->front()) {  // one copy of the function is enough
    if (auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
      call->addFnAttr(llvm::Attribute::NoInline);
    }
  }
  const std::vector<Place> result_places = host_places(wasm_type.results);
  for (std::size_t i = 0; i < results.size(); ++i) {
    adapter.store_slot(results[i], result_places[i].slot, true);
  }
  adapter.builder().CreateRetVoid();
}

// The declaration that the caller saw, the function that it meant: what the machine would do.
void Chunk::emit_mismatch_stub(std::uint32_t index, std::uint32_t target) {
  const std::uint32_t type = module_.functions[index].type;
  llvm::Function* stub_function = function(index);
  FunctionEmitter stub(*this, type, stub_function);
  llvm::IRBuilder<>& b = stub.builder();
  llvm::Function* callee = function(target);
  Values given;
  for (llvm::Argument& argument : stub_function->args())
    given.push_back(&argument);
  llvm::CallInst* call =
      b.CreateCall(callee, pass_registers(b, given, callee->getFunctionType()->params()));
  llvm::Type* result = stub_function->getReturnType();
  if (result->isVoidTy()) {
    b.CreateRetVoid();
  } else if (!call->getType()->isVoidTy() && is_integer(call) == result->isIntegerTy()) {
    b.CreateRet(reread(b, call, result));
  } else {
    b.CreateRet(llvm::Constant::getNullValue(result));
  }
}

}  // namespace lind::codegen
