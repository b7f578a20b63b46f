/// \file
/// LLVM as a function: a module of ours in, a relocatable object out.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include "base/error.h"
#include "codegen/compile.h"
#include "codegen/finish_pass_internal.h"

namespace lind::codegen {

/// What LLVM made of one module.
struct TargetOutput {
  llvm::SmallVector<char, 0> object;  ///< ELF, relocatable
  std::vector<FrameLayout> frames;    ///< of every function in it
  std::string text;                   ///< instead of the object, for Output::kIr and kAsm
};

/// Optimises and emits.
/// Threading: one thread at a time per Target.
class Target {
 public:
  /// `cpu` as resolve_cpu() gives it.
  static ErrorOr<std::unique_ptr<Target>> create(const std::string& cpu, Tier tier);

  /// Gives `module` the data layout and triple that its code must be built for.
  void prepare(llvm::Module& module) const;
  ErrorOr<TargetOutput> compile(llvm::Module& module, Output output);
  bool optimises() const noexcept { return tier_ != Tier::kInstant; }

 private:
  Target(std::unique_ptr<llvm::TargetMachine> machine, Tier tier)
      : machine_(std::move(machine)), tier_(tier) {}

  void optimise(llvm::Module& module);
  ErrorOr<TargetOutput> emit_object(llvm::Module& module);

  std::unique_ptr<llvm::TargetMachine> machine_;
  Tier tier_;
};

}  // namespace lind::codegen
