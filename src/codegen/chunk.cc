#include <cstddef>
#include <string>
#include <string_view>

#include <llvm/IR/Attributes.h>

#include "codegen/chunk_internal.h"
#include "codegen/function_emitter_internal.h"
#include "codegen/symbols_internal.h"

namespace lind::codegen {
namespace {

struct BuiltinRow {
  std::string_view name;
  std::string_view signature;
};
constexpr auto kBuiltins = std::to_array<BuiltinRow>({
#define LIND_BUILTIN(name, signature) {#name, signature},
#include "vmabi/builtins.def"
#undef LIND_BUILTIN
});

/// What every function of ours promises to LLVM.  Loops may be infinite, so no mustprogress; the
/// frame must not hold addresses, so nothing that needs a frame pointer.
/// A function that an exception may leave is not nounwind; without exceptions every one is.
llvm::AttributeList make_attributes(llvm::LLVMContext& context, Care care, bool may_throw) {
  llvm::AttrBuilder builder(context);
  if (!may_throw) builder.addAttribute(llvm::Attribute::NoUnwind);
  builder.addAttribute(llvm::Attribute::NoRedZone);
  builder.addAttribute("frame-pointer", "none");
  builder.addAttribute("no-realign-stack");
  builder.addAttribute("no-builtins");
  builder.addAttribute("prefer-vector-width", "256");
  if (care == Care::kExtra) builder.addAttribute("no-jump-tables", "true");
  return llvm::AttributeList::get(context, llvm::AttributeList::FunctionIndex, builder);
}

// An import may throw by itself, a system call by the handler of a signal that it takes.
bool may_throw(vmabi::Builtin builtin) {
  return builtin == vmabi::Builtin::k_exception_throw || builtin == vmabi::Builtin::k_call_import ||
         builtin == vmabi::Builtin::k_call_table || builtin == vmabi::Builtin::k_syscall;
}

}  // namespace

Chunk::Chunk(const wasm::Module& module, const Plan& plan, const Target& target, Care care)
    : module_(module),
      plan_(plan),
      care_(care),
      is_optimised_(target.optimises()),
      context_(std::make_unique<llvm::LLVMContext>()),
      ir_(std::make_unique<llvm::Module>("wasm", *context_)),
      function_types_(module.types.size()),
      functions_(module.functions.size()) {
  target.prepare(*ir_);
  if (!uses_prefix()) {
    ir_->addModuleFlag(llvm::Module::Error, "lind-wide-addresses", 1);
  }
  attributes_ = make_attributes(*context_, care, plan.has_exceptions);
  llvm::MDBuilder builder(*context_);
  llvm::MDNode* root = builder.createTBAARoot("lind");
  constexpr const char* kNames[] = {"memory", "globals", "slots", "state"};  // NOLINT: local
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    llvm::MDNode* scalar = builder.createTBAAScalarTypeNode(kNames[i], root);
    regions_[i] = builder.createTBAAStructTagNode(scalar, scalar, 0);
  }
}

llvm::Type* Chunk::type_of(wasm::ValueType type) {
  switch (type) {
    case wasm::ValueType::kI32:
      return llvm::Type::getInt32Ty(*context_);
    case wasm::ValueType::kI64:
    case wasm::ValueType::kFuncRef:
    case wasm::ValueType::kExternRef:
    case wasm::ValueType::kExnRef:
      return llvm::Type::getInt64Ty(*context_);
    case wasm::ValueType::kF32:
      return llvm::Type::getFloatTy(*context_);
    case wasm::ValueType::kF64:
      return llvm::Type::getDoubleTy(*context_);
    case wasm::ValueType::kV128:
      return llvm::FixedVectorType::get(llvm::Type::getInt64Ty(*context_), 2);
  }
  LIND_CHECK(false);
}

llvm::FunctionType* Chunk::function_type(std::uint32_t type) {
  llvm::FunctionType*& cached = function_types_[type];
  if (cached != nullptr) return cached;
  const wasm::FuncType& wasm_type = module_.types[type];
  const Signature& signature = plan_.signatures[type];
  std::vector<llvm::Type*> params;
  for (std::size_t i = 0; i < wasm_type.params.size(); ++i) {
    if (signature.params[i].in_register) params.push_back(type_of(wasm_type.params[i]));
  }
  llvm::Type* result =
      wasm_type.results.empty() ? llvm::Type::getVoidTy(*context_) : type_of(wasm_type.results[0]);
  cached = llvm::FunctionType::get(result, params, false);
  return cached;
}

llvm::Function* Chunk::create_function(llvm::FunctionType* type, const std::string& name) {
  llvm::Function* function =
      llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, *ir_);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function->setDSOLocal(true);
  function->setAttributes(attributes_);
  return function;
}

llvm::Function* Chunk::function(std::uint32_t index) {
  llvm::Function*& cached = functions_[index];
  if (cached == nullptr) {
    cached =
        create_function(function_type(module_.functions[index].type), indexed_symbol('f', index));
  }
  return cached;
}

llvm::Function* Chunk::builtin(vmabi::Builtin builtin) {
  const auto index = static_cast<std::uint32_t>(builtin);
  const std::string name = indexed_symbol('b', index);
  if (llvm::Function* known = ir_->getFunction(name)) return known;
  const auto type = [this](char letter) -> llvm::Type* {
    if (letter == 'v') return llvm::Type::getVoidTy(*context_);
    return letter == 'i' ? llvm::Type::getInt32Ty(*context_) : llvm::Type::getInt64Ty(*context_);
  };
  const std::string_view signature = kBuiltins[index].signature;
  std::vector<llvm::Type*> params;
  for (const char letter : signature.substr(1))
    params.push_back(type(letter));
  llvm::Function* function =
      create_function(llvm::FunctionType::get(type(signature[0]), params, false), name);
  if (builtin == vmabi::Builtin::k_setjmp) function->addFnAttr(llvm::Attribute::ReturnsTwice);
  if (!may_throw(builtin)) function->addFnAttr(llvm::Attribute::NoUnwind);
  return function;
}

// The name is one that LLVM knows to be Itanium's; the finish pass takes it out again.
llvm::Constant* Chunk::personality() {
  llvm::FunctionType* type = llvm::FunctionType::get(llvm::Type::getInt32Ty(*context_), true);
  return llvm::cast<llvm::Constant>(
      ir_->getOrInsertFunction("__gxx_personality_v0", type).getCallee());
}

llvm::GlobalVariable* Chunk::image() {
  if (image_ == nullptr) {
    image_ =
        new llvm::GlobalVariable(*ir_, llvm::ArrayType::get(llvm::Type::getInt8Ty(*context_), 0),
                                 true, llvm::GlobalValue::ExternalLinkage, nullptr, kImageSymbol);
    image_->setVisibility(llvm::GlobalValue::HiddenVisibility);
    image_->setDSOLocal(true);
  }
  return image_;
}

ErrorOr<void> Chunk::emit(std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t index = first; index < last; ++index) {
    const auto mismatch = plan_.mismatch_targets.find(index);
    if (index < module_.num_imported_functions) {
      emit_import_stub(index);
    } else if (mismatch != plan_.mismatch_targets.end()) {
      emit_mismatch_stub(index, mismatch->second);
    } else {
      FunctionEmitter emitter(*this, module_.functions[index].type, function(index));
      LIND_TRY(emitter.emit_body(module_.functions[index]));
    }
    if (plan_.has_adapter[index]) emit_adapter(index);
  }
  return {};
}

}  // namespace lind::codegen
