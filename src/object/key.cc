#include "object/key.h"

#include <array>
#include <cstddef>

#include "vmabi/builtins.h"
#include "vmabi/layout.h"
#include "vmabi/object_format.h"
#include "vmabi/thread_block.h"

namespace lind::object {
namespace {

constexpr std::string_view kPurpose = "lind object key 1";

/// What an object was compiled against.  A change of kObjectVersion alone would do, if nobody
/// ever forgot it.
constexpr std::array<std::uint64_t, 14> kAbi = {
    vmabi::kObjectVersion,
    vmabi::kStateWindowBytes,
    vmabi::kMemoryReservedBytes,
    static_cast<std::uint64_t>(vmabi::kStateOffset),
    static_cast<std::uint64_t>(vmabi::kTableWindowsStart),
    static_cast<std::uint64_t>(vmabi::kTableWindowsEnd),
    offsetof(vmabi::StatePage, table_size),
    static_cast<std::uint64_t>(vmabi::kNominalOffset),
    offsetof(vmabi::ThreadBlock, builtin_entry),
    offsetof(vmabi::ThreadBlock, slots),
    offsetof(vmabi::ThreadBlock, globals),
    vmabi::kNumSlots,
    vmabi::kNumGlobalWords,
    vmabi::kNumBuiltins,
};

void add_number(Sha256& hash, std::uint64_t value) {
  hash.add(std::as_bytes(std::span(&value, 1)));
}

void add_text(Sha256& hash, std::string_view text) {
  add_number(hash, text.size());
  hash.add(std::as_bytes(std::span(text)));
}

}  // namespace

CpuLevel host_cpu_level() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v3") ? CpuLevel::kV3 : CpuLevel::kV2;
}

std::string_view cpu_name(CpuLevel level) noexcept {
  switch (level) {
    case CpuLevel::kV2:
      return "x86-64-v2";
    case CpuLevel::kV3:
      return "x86-64-v3";
  }
  return {};
}

Key build_key(std::span<const std::byte> module, const Compiler& compiler) {
  Sha256 hash;
  add_text(hash, kPurpose);
  for (const std::uint64_t number : kAbi)
    add_number(hash, number);
  add_text(hash, compiler.identity);
  add_text(hash, compiler.cpu);
  add_text(hash, compiler.options);
  add_number(hash, module.size());
  hash.add(module);
  return hash.finish();
}

}  // namespace lind::object
