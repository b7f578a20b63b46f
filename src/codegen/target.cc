#include <utility>

#include <llvm/CodeGen/AsmPrinter.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/MCAsmBackend.h>
#include <llvm/MC/MCAssembler.h>
#include <llvm/MC/MCObjectStreamer.h>
#include <llvm/MC/MCObjectWriter.h>
#include <llvm/MC/MCStreamer.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/IndVarSimplify.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/LoopRotation.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/Mem2Reg.h>
#include <llvm/Transforms/Vectorize/LoopVectorize.h>

#include "codegen/code_emitter_internal.h"
#include "codegen/constant_addresses_internal.h"
#include "codegen/symbols_internal.h"
#include "codegen/target_internal.h"

namespace lind::codegen {
namespace {

constexpr char kTriple[] = "x86_64-unknown-linux-gnu";

/// Our code is one piece that nothing is linked to later, and contains no table of addresses.
const llvm::Target* find_target() {
  static const llvm::Target* const target = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    // Constants picked from a table by an index are one more thing to prove for a verifier.
    constexpr const char* kFlags[] = {"lindc", "-switch-to-lookup=false"};  // NOLINT: argv
    llvm::cl::ParseCommandLineOptions(2, kFlags);
    std::string error;
    return llvm::TargetRegistry::lookupTarget(llvm::Triple(kTriple), error);
  }();
  return target;
}

llvm::CodeGenOptLevel codegen_level(Tier tier) {
  switch (tier) {
    case Tier::kInstant:
      return llvm::CodeGenOptLevel::None;
    case Tier::kQuick:
    case Tier::kLight:
      return llvm::CodeGenOptLevel::Less;
    case Tier::kFull:
      return llvm::CodeGenOptLevel::Default;
    case Tier::kAggressive:
      return llvm::CodeGenOptLevel::Aggressive;
  }
  return llvm::CodeGenOptLevel::Default;
}

// No alloca may survive these: frames would hold their addresses.
void add_promotion(llvm::FunctionPassManager& passes) {
  passes.addPass(llvm::PromotePass());
}

void add_cheap_passes(llvm::FunctionPassManager& passes) {
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
}

// What clang cannot do for the guest unless it compiles with -msimd128.
void add_vectoriser(llvm::FunctionPassManager& passes) {
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass());
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  loops.addPass(llvm::IndVarSimplifyPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), true));
  passes.addPass(llvm::LoopVectorizePass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
}

llvm::ModulePassManager make_passes(llvm::PassBuilder& builder, Tier tier) {
  llvm::ModulePassManager passes;
  llvm::FunctionPassManager functions;
  add_promotion(functions);
  switch (tier) {
    case Tier::kInstant:
      break;
    case Tier::kQuick:
      add_cheap_passes(functions);
      break;
    case Tier::kLight:
      add_cheap_passes(functions);
      add_vectoriser(functions);
      break;
    case Tier::kFull:
    case Tier::kAggressive:
      break;
  }
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(functions)));
  if (tier == Tier::kFull || tier == Tier::kAggressive) {
    passes.addPass(builder.buildPerModuleDefaultPipeline(
        tier == Tier::kFull ? llvm::OptimizationLevel::O2 : llvm::OptimizationLevel::O3));
  }
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(ConstantAddressesPass()));
  return passes;
}

}  // namespace

ErrorOr<std::unique_ptr<Target>> Target::create(const std::string& cpu, Tier tier) {
  const llvm::Target* target = find_target();
  if (target == nullptr) return Error("this LLVM has no x86-64 target");
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.TrapUnreachable = true;
  options.EmitAddrsig = false;
  options.FunctionSections = true;  // so that the linker can choose their order
  options.MCOptions.AsmVerbose = false;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      llvm::Triple(kTriple), cpu, "+prefer-no-gather,+prefer-no-scatter", options,
      llvm::Reloc::PIC_, llvm::CodeModel::Small, codegen_level(tier)));
  if (machine == nullptr) return Error("LLVM cannot generate code for cpu " + cpu);
  machine->setFastISel(false);
  machine->setO0WantsFastISel(false);
  machine->setGlobalISel(false);
  return std::unique_ptr<Target>(new Target(std::move(machine), tier));
}

void Target::prepare(llvm::Module& module) const {
  module.setTargetTriple(machine_->getTargetTriple());
  module.setDataLayout(machine_->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
}

void Target::optimise(llvm::Module& module) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(machine_.get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  make_passes(builder, tier_).run(module, modules);
}

ErrorOr<TargetOutput> Target::compile(llvm::Module& module, Output output) {
  optimise(module);
  if (output == Output::kObject) return emit_object(module);
  TargetOutput result;
  if (output == Output::kIr) {
    llvm::raw_string_ostream stream(result.text);
    module.print(stream, nullptr);
    return result;
  }
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if (machine_->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile)) {
    return Error("LLVM cannot write assembly");
  }
  passes.run(module);
  result.text = text.str().str();
  return result;
}

ErrorOr<TargetOutput> Target::emit_object(llvm::Module& module) {
  TargetOutput result;
  std::vector<std::string> errors;
  llvm::raw_svector_ostream stream(result.object);
  llvm::legacy::PassManager passes;
  // addPassesToEmitFile() in pieces, so that our pass and our encoder fit in.
  auto* info = new llvm::MachineModuleInfoWrapperPass(machine_.get());
  llvm::TargetPassConfig* config = machine_->createPassConfig(passes);
  config->setDisableVerify(true);  // of LLVM's own code for itself; ours looks at what comes out
  passes.add(config);
  passes.add(info);
  if (config->addISelPasses()) return Error("LLVM has no instruction selection");
  config->addMachinePasses();
  passes.add(create_finish_pass(result.frames, errors));
  config->setInitialized();

  llvm::MCContext& context = info->getMMI().getContext();
  const llvm::Target& target = machine_->getTarget();
  const llvm::MCSubtargetInfo& subtarget = *machine_->getMCSubtargetInfo();
  const llvm::MCRegisterInfo& registers = *machine_->getMCRegisterInfo();
  const llvm::MCInstrInfo& instructions = *machine_->getMCInstrInfo();
  const bool with_prefix = module.getModuleFlag("lind-wide-addresses") == nullptr;
  std::unique_ptr<llvm::MCCodeEmitter> emitter = create_code_emitter(
      std::unique_ptr<llvm::MCCodeEmitter>(target.createMCCodeEmitter(instructions, context)),
      instructions, registers, context, with_prefix, errors);
  std::unique_ptr<llvm::MCAsmBackend> backend(
      target.createMCAsmBackend(subtarget, registers, machine_->Options.MCOptions));
  std::unique_ptr<llvm::MCObjectWriter> writer = backend->createObjectWriter(stream);
  std::unique_ptr<llvm::MCStreamer> streamer(
      target.createMCObjectStreamer(machine_->getTargetTriple(), context, std::move(backend),
                                    std::move(writer), std::move(emitter), subtarget));
  // Symbols that only our encoder brings in; the assembler must know them beforehand.
  llvm::MCAssembler& assembler = static_cast<llvm::MCObjectStreamer&>(*streamer).getAssembler();
  for (const char* symbol : {kFsSymbol, kTrapSymbol, kCallSymbol}) {
    assembler.registerSymbol(*context.getOrCreateSymbol(symbol));
  }
  llvm::FunctionPass* printer = target.createAsmPrinter(*machine_, std::move(streamer));
  passes.add(printer);
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  if (!errors.empty()) return Error("internal error: " + errors.front());
  return result;
}

}  // namespace lind::codegen
