#include "execute.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include <fmt/core.h>

#include "runtime/instance.h"
#include "runtime/program.h"
#include "runtime/supervisor.h"
#include "runtime/thread.h"
#include "vmabi/traps.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

namespace lind::fuzz {
namespace {

using vmabi::TrapCode;
using wasm::ValueType;

/// Ends a call where it traps.
class Host final : public runtime::Supervisor {
 public:
  TrapCode last_trap() const { return last_trap_; }

  std::int64_t syscall(runtime::Thread& /*thread*/, std::int32_t /*number*/,
                       const runtime::SyscallArgs& /*args*/) override {
    return -ENOSYS;
  }
  TrapCode call_import(runtime::Thread& /*thread*/, std::uint32_t /*index*/) override {
    return TrapCode::k_bad_import;
  }
  void faulted(runtime::Thread& thread, const runtime::Fault& fault) override {
    switch (fault.kind) {
      case runtime::Fault::Kind::kTrap:
        last_trap_ = fault.code;
        break;
      case runtime::Fault::Kind::kMemory:
      case runtime::Fault::Kind::kBus:
        last_trap_ = TrapCode::k_out_of_bounds_memory;
        break;
      case runtime::Fault::Kind::kStack:
        last_trap_ = TrapCode::k_stack_exhausted;
        break;
    }
    thread.leave();
  }
  bool take_signal(runtime::Thread& thread, runtime::SignalDelivery* /*out*/) override {
    thread.clear_pending();
    return false;
  }
  void signal_returned(runtime::Thread& /*thread*/, std::uint64_t /*restore_mask*/) override {}

 private:
  TrapCode last_trap_ = TrapCode::kNone;
};

/// What wabt says for a trap of ours begins so.
struct Wording {
  TrapCode code;
  std::string_view wabt;
};
constexpr auto kWordings = std::to_array<Wording>({
    {TrapCode::k_unreachable, "unreachable"},
    {TrapCode::k_out_of_bounds_memory, "out of bounds memory access"},
    {TrapCode::k_out_of_bounds_table, "out of bounds table access"},
    {TrapCode::k_undefined_element, "undefined table index"},
    {TrapCode::k_uninitialized_element, "uninitialized table element"},
    {TrapCode::k_indirect_call_type, "indirect call signature mismatch"},
    {TrapCode::k_integer_divide_by_zero, "integer divide by zero"},
    {TrapCode::k_integer_overflow, "integer overflow"},
    {TrapCode::k_invalid_conversion, "invalid conversion to integer"},
    {TrapCode::k_unaligned_atomic, "invalid atomic access"},
    {TrapCode::k_stack_exhausted, "call stack exhausted"},
});

std::string_view wabt_wording(TrapCode code) {
  for (const Wording& wording : kWordings) {
    if (wording.code == code) return wording.wabt;
  }
  return vmabi::trap_message(code);
}

// As wasm-interp prints values.
std::string results_text(const std::vector<ValueType>& types,
                         std::span<const std::uint64_t> words) {
  std::string text;
  std::size_t next = 0;
  for (const ValueType type : types) {
    text += text.empty() ? " " : ", ";
    const std::uint64_t low = words[next++];
    if (type == ValueType::kI32) {
      text += fmt::format("i32:{}", static_cast<std::uint32_t>(low));
    } else if (type == ValueType::kI64) {
      text += fmt::format("i64:{}", low);
    } else {
      const std::uint64_t high = words[next++];
      text += fmt::format("v128 i32x4:0x{:08x} 0x{:08x} 0x{:08x} 0x{:08x}", low & 0xffffffff,
                          low >> 32, high & 0xffffffff, high >> 32);
    }
  }
  return text;
}

// The tail of a trap's message says where, in wabt's own words.
std::string normalized(std::string line) {
  constexpr std::string_view kError = "=> error: ";
  const std::size_t at = line.find(kError);
  if (at == line.npos) return line;
  const std::string_view message = std::string_view(line).substr(at + kError.size());
  for (const Wording& wording : kWordings) {
    if (message.starts_with(wording.wabt)) {
      return line.substr(0, at + kError.size()) + std::string(wording.wabt);
    }
  }
  return line;
}

}  // namespace

bool agree(const std::string& ours, const std::string& wabts) {
  if (ours == wabts) return true;
  const std::string_view either = wabt_wording(TrapCode::k_unaligned_atomic);
  const std::string_view bounds = wabt_wording(TrapCode::k_out_of_bounds_memory);
  return wabts.ends_with(either) && ours.ends_with(bounds) &&
         std::string_view(wabts).substr(0, wabts.size() - either.size()) ==
             std::string_view(ours).substr(0, ours.size() - bounds.size());
}

ErrorOr<Lines> run_here(std::span<const std::byte> bytes, const codegen::CompileOptions& options) {
  const wasm::Module module = LIND_TRY(wasm::decode_module(bytes, {}));
  LIND_TRY(wasm::validate(module));
  const std::vector<std::byte> object = LIND_TRY(codegen::compile_module(module, options));
  const auto program = LIND_TRY(runtime::Program::load(object));
  const auto instance = LIND_TRY(runtime::Instance::create(program, {}));
  Host host;
  auto thread = runtime::Thread::create(host, instance);
  if (!thread.ok()) return Error("no memory for a thread");
  Lines lines;
  for (const wasm::Export& each : module.exports) {
    if (each.kind != wasm::ExternKind::kFunction) continue;
    const std::vector<ValueType>& types = module.type_of(each.index).results;
    const runtime::Left left = thread.value()->run(FuncIndex{each.index}, {});
    lines.push_back(fmt::format("{}() =>{}", each.name,
                                left == runtime::Left::kReturned
                                    ? results_text(types, thread.value()->results())
                                    : fmt::format(" error: {}", wabt_wording(host.last_trap()))));
  }
  return lines;
}

ErrorOr<Lines> run_in_wabt(const std::filesystem::path& module) {
  const std::string command = fmt::format(
      "wasm-interp --enable-threads --enable-tail-call --enable-multi-memory --enable-memory64 "
      "--run-all-exports '{}' 2>&1",
      module.string());
  // NOLINTNEXTLINE(cert-env33-c): a fixed command with a path of ours
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  if (pipe == nullptr) return Error("cannot start wasm-interp; Debian's package wabt has it");
  Lines lines;
  std::string line;
  for (int letter = std::fgetc(pipe.get()); letter != EOF; letter = std::fgetc(pipe.get())) {
    if (letter != '\n') {
      line += static_cast<char>(letter);
      continue;
    }
    lines.push_back(normalized(std::move(line)));
    line.clear();
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

}  // namespace lind::fuzz
