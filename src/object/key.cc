#include "object/key.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include <fmt/core.h>

#include "base/buffer.h"
#include "base/units.h"
#include "host/cpu.h"
#include "vmabi/builtins.h"
#include "vmabi/layout.h"
#include "vmabi/object_format.h"
#include "vmabi/thread_block.h"

namespace lind::object {
namespace {

constexpr std::size_t kReadBytes = 64 * kKiB;
constexpr std::string_view kPurpose = "lind object key 2";

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

// Everything but the module.  Its size comes behind it: then it can be hashed as it is read.
void add_compiler(Sha256& hash, const Compiler& compiler) {
  add_text(hash, kPurpose);
  for (const std::uint64_t number : kAbi)
    add_number(hash, number);
  add_text(hash, compiler.identity);
  add_text(hash, compiler.cpu);
  add_text(hash, compiler.options);
}

}  // namespace

CpuLevel host_cpu_level() noexcept {
  return host::cpu_is_v3() ? CpuLevel::kV3 : CpuLevel::kV2;
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
  add_compiler(hash, compiler);
  hash.add(module);
  add_number(hash, module.size());
  return hash.finish();
}

ErrorOr<Key> build_key(int file, std::uint64_t max_bytes, const Compiler& compiler) {
  Sha256 hash;
  add_compiler(hash, compiler);
  Buffer buffer(kReadBytes);
  std::uint64_t size = 0;
  for (;;) {
    const ssize_t count = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(size));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return host_error("read", errno);
    if (count == 0) break;
    hash.add(buffer.bytes().first(static_cast<std::size_t>(count)));
    size += static_cast<std::uint64_t>(count);
    if (size > max_bytes) return Error(fmt::format("more than {} bytes", max_bytes));
  }
  add_number(hash, size);
  return hash.finish();
}

}  // namespace lind::object
