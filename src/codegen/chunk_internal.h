/// \file
/// LLVM IR for some of a module's functions.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

#include "base/error.h"
#include "codegen/plan_internal.h"
#include "codegen/target_internal.h"
#include "vmabi/builtins.h"
#include "wasm/module.h"

namespace lind::codegen {

/// How code is made that the verifier is to follow.
enum class Care : std::uint8_t {
  kUsual,
  /// For functions that it refused: no jump tables, and in exact mode the address-size prefix with
  /// an explicit test instead of addresses that it must prove.  The prefix cannot reach further
  /// memories or 64-bit addresses: where a module has such, what cuts an address stays at its use.
  kExtra,
};

/// One LLVM module, and what all functions in it share.
///
/// Everything a function calls may lie in another chunk; the image's linker puts them together.
/// Threading: one thread; different chunks may be built and compiled side by side.
class Chunk {
 public:
  Chunk(const wasm::Module& module, const Plan& plan, const Target& target, Care care);
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  /// Emits functions [first, last), imports as stubs, and the adapters of those that have one.
  ErrorOr<void> emit(std::uint32_t first, std::uint32_t last);

  const wasm::Module& module() const noexcept { return module_; }
  const Plan& plan() const noexcept { return plan_; }
  bool has_extra_care() const noexcept { return care_ == Care::kExtra; }
  /// Whether speed is worth more code.
  bool is_optimised() const noexcept { return is_optimised_; }
  /// Whether gs: references with a register get the address-size prefix.
  bool uses_prefix() const noexcept {
    return !plan_.is_exact() || (has_extra_care() && plan_.has_plain_memory);
  }
  llvm::LLVMContext& context() noexcept { return *context_; }
  llvm::Module& ir() noexcept { return *ir_; }

  llvm::Type* type_of(wasm::ValueType type);
  /// The machine's view of a signature: what travels in registers.
  llvm::FunctionType* function_type(std::uint32_t type);
  llvm::Function* function(std::uint32_t index);
  llvm::Function* builtin(vmabi::Builtin builtin);
  /// Of functions with landing pads.
  llvm::Constant* personality();
  /// The first byte of the image.
  llvm::GlobalVariable* image();

  /// What may not overlap with what.
  enum class Region : std::uint8_t { kMemory, kGlobals, kSlots, kState };
  llvm::MDNode* region(Region region) const { return regions_[static_cast<std::size_t>(region)]; }

 private:
  friend class FunctionEmitter;

  llvm::Function* create_function(llvm::FunctionType* type, const std::string& name);
  void emit_import_stub(std::uint32_t index);
  void emit_mismatch_stub(std::uint32_t index, std::uint32_t target);
  void emit_adapter(std::uint32_t index);

  const wasm::Module& module_;
  const Plan& plan_;
  Care care_;
  bool is_optimised_;
  std::unique_ptr<llvm::LLVMContext> context_;
  std::unique_ptr<llvm::Module> ir_;
  llvm::AttributeList attributes_;
  std::vector<llvm::FunctionType*> function_types_;
  std::vector<llvm::Function*> functions_;
  llvm::GlobalVariable* image_ = nullptr;
  std::array<llvm::MDNode*, 4> regions_{};
};

}  // namespace lind::codegen
