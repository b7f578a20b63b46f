#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/checked.h"
#include "base/mutex.h"
#include "base/units.h"
#include "host/mapping.h"
#include "object/key.h"
#include "runtime/program.h"
#include "runtime/thread_block_internal.h"
#include "verify/verify.h"
#include "vmabi/thread_block.h"

namespace lind::runtime {
namespace {

/// Text is verified and made executable in pieces of this size: docs/decisions/0010 has the
/// numbers.
constexpr std::uint64_t kGroupBytes = kHostPageSize;

// Every signature passes words beyond the registers, and an adapter all of them, in slots; builtins
// use the first one.
std::uint32_t words_of(std::span<const std::byte> kinds) {
  std::uint32_t words = 0;
  for (const std::byte kind : kinds) {
    words += kind == std::byte{static_cast<std::uint8_t>(vmabi::ValueKind::kV128)} ? 2 : 1;
  }
  return words;
}

// The name is the module's word.
std::string printable(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c <= ' ' || c > '~') c = '?';
  }
  return text;
}

}  // namespace

struct Program::State {
  explicit State(object::Object parsed) : object(std::move(parsed)) {}

  ErrorOr<void> protect_text(std::uint64_t begin, std::uint64_t end) {
    if (begin == end) return {};
    if (image.protect(begin, end - begin, host::PageAccess::kReadExecute).ok()) return {};
    return Error("the host does not let us make code executable");
  }

  // The image is read-only from here on: what the verifier sees is what runs.
  ErrorOr<void> begin_verifying(std::uint64_t rodata_start) {
    const vmabi::HeaderRecord& header = object.header();
    const std::span<const std::byte> bytes = image.bytes();
    const MutexLock lock(mutex);
    verifier.emplace(LIND_TRY(verify::Verifier::create({
        .text = bytes.first(header.text_size),
        .rodata = bytes.subspan(rodata_start, header.rodata_size),
        .rodata_offset = static_cast<std::uint32_t>(rodata_start),
        .thread_block = lind_thread_block_offset(),
        .is_lind_program = (header.flags & vmabi::kFlagLindProgram) != 0,
        .memory_span = vmabi::memory_span(object.memories()),
        .num_global_words = header.num_global_words,
        .functions = object.functions(),
        .tables = object.tables(),
        .call_sites = object.call_sites(),
        .traps = object.traps(),
        .fs_sites = object.fs_sites(),
    })));
    is_executable.resize(header.text_size / kGroupBytes + 1);
    return {};
  }

  ErrorOr<void> accept_all_locked() LIND_REQUIRES(mutex) {
    const std::uint64_t text_bytes = align_up(object.header().text_size, kHostPageSize);
    LIND_TRY(verifier->verify(0, text_bytes));
    LIND_TRY(protect_text(0, text_bytes));
    is_executable.assign(is_executable.size(), true);
    return {};
  }

  object::Object object;
  host::Mapping image;
  std::uint32_t num_slot_words = 1;
  Mutex mutex;
  std::optional<verify::Verifier> verifier LIND_GUARDED_BY(mutex);
  std::vector<bool> is_executable LIND_GUARDED_BY(mutex);  ///< by group
};

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
Program::~Program() = default;

ErrorOr<std::shared_ptr<const Program>> Program::load(std::span<const std::byte> bytes) {
  return load(bytes, Verify::kYes);
}

ErrorOr<std::shared_ptr<const Program>> Program::load(std::span<const std::byte> bytes,
                                                      Verify verify) {
  auto state = std::make_unique<State>(LIND_TRY(object::Object::parse(bytes)));
  const object::Object& object = state->object;
  const vmabi::HeaderRecord& header = object.header();

  if ((header.flags & vmabi::kFlagNeedsV3) != 0 &&
      object::host_cpu_level() < object::CpuLevel::kV3) {
    return Error("compiled for x86-64-v3, which this machine is not");
  }
  for (const vmabi::TypeRecord& type : object.types()) {
    state->num_slot_words = std::max({state->num_slot_words, words_of(object.bytes(type.params)),
                                      words_of(object.bytes(type.results))});
  }
  if (state->num_slot_words > vmabi::kNumSlots) {
    return Error(fmt::format("a signature needs {} slots, there are {}", state->num_slot_words,
                             vmabi::kNumSlots));
  }
  if (header.num_global_words > vmabi::kNumGlobalWords) {
    return Error(fmt::format("{} global words, there are {}", header.num_global_words,
                             vmabi::kNumGlobalWords));
  }

  const std::uint64_t text_bytes = align_up(header.text_size, kHostPageSize);
  const std::uint64_t rodata_start = std::max<std::uint64_t>(header.rodata_offset, text_bytes);
  const std::uint64_t rodata_bytes = align_up(header.rodata_size, kHostPageSize);
  // At least one page, so that an object without code has an address too.
  const std::uint64_t image_bytes = std::max(rodata_start + rodata_bytes, kHostPageSize);
  Result<host::Mapping> reserved = host::Mapping::reserve(image_bytes, 2 * kMiB);
  if (!reserved.ok()) return Error(fmt::format("no memory for {} bytes of code", image_bytes));
  state->image = std::move(reserved).value();
  if (!state->image.map_anonymous(0, image_bytes, host::PageAccess::kReadWrite).ok()) {
    return Error(fmt::format("no memory for {} bytes of code", image_bytes));
  }
  const auto copy = [&](object::Object::FileRange range, std::uint64_t at) {
    const auto source = bytes.subspan(range.offset, range.size);
    std::copy(source.begin(), source.end(), state->image.data() + at);
  };
  copy(object.text_range(), 0);
  copy(object.rodata_range(), rodata_start);

  const std::int64_t bias = lind_thread_block_offset() - vmabi::kNominalOffset;
  for (const std::uint32_t site : object.fs_sites()) {
    if (!range_fits<std::uint64_t>(site, sizeof(std::int32_t), header.text_size)) {
      return Error(fmt::format("fs site {} ends outside the text", site));
    }
    std::int32_t displacement = 0;
    std::memcpy(&displacement, state->image.data() + site, sizeof(displacement));
    const auto biased = narrow<std::int32_t>(displacement + bias);
    if (!biased.has_value()) return Error(fmt::format("fs site {} overflows", site));
    std::memcpy(state->image.data() + site, &*biased, sizeof(*biased));
  }

  if (!state->image.protect(0, image_bytes, host::PageAccess::kRead).ok()) {
    return Error("the host does not let us protect code");
  }
  if (verify == Verify::kNo) {
    LIND_TRY(state->protect_text(0, text_bytes));
  } else {
    LIND_TRY(state->begin_verifying(rodata_start));
  }
  return std::shared_ptr<const Program>(new Program(std::move(state)));
}

ErrorOr<void> Program::make_executable(std::uint32_t image_offset) const {
  State& state = *state_;
  const std::uint64_t group = image_offset / kGroupBytes;
  const MutexLock lock(state.mutex);
  // Another thread may have been faster.
  if (!state.verifier.has_value() || state.is_executable[group]) return {};
  const std::uint64_t text_bytes = align_up(state.object.header().text_size, kHostPageSize);
  const std::uint64_t begin = group * kGroupBytes;
  const std::uint64_t end = std::min(begin + kGroupBytes, text_bytes);
  LIND_TRY(state.verifier->verify(begin, end));
  if (state.protect_text(begin, end).ok()) {
    state.is_executable[group] = true;
    return {};
  }
  // Every piece may be a mapping of its own, of which a process has only so many.
  return state.accept_all_locked();
}

ErrorOr<void> Program::make_all_executable() const {
  const MutexLock lock(state_->mutex);
  return state_->verifier.has_value() ? state_->accept_all_locked() : ErrorOr<void>();
}

const object::Object& Program::object() const noexcept {
  return state_->object;
}

const std::byte* Program::image() const noexcept {
  return state_->image.data();
}

std::uint32_t Program::num_slot_words() const noexcept {
  return state_->num_slot_words;
}

std::uint64_t Program::text_start() const noexcept {
  // SAFETY: only the number is wanted, to compare program counters with.
  return reinterpret_cast<std::uintptr_t>(image());
}

std::optional<std::uint32_t> Program::text_offset(std::uint64_t pc) const noexcept {
  const std::uint64_t offset = pc - text_start();
  if (offset >= state_->object.header().text_size) return std::nullopt;
  return static_cast<std::uint32_t>(offset);
}

const vmabi::FunctionRecord* Program::find_function(std::uint32_t image_offset) const noexcept {
  const std::span<const vmabi::FunctionRecord> functions = state_->object.functions();
  const auto found = std::ranges::find_if(functions, [&](const vmabi::FunctionRecord& function) {
    return image_offset - function.code_offset < function.code_size;
  });
  return found == functions.end() ? nullptr : &*found;
}

std::string Program::function_name(std::uint32_t image_offset) const {
  const vmabi::FunctionRecord* const function = find_function(image_offset);
  if (function == nullptr) return fmt::format("code+{:#x}", image_offset);
  const std::string_view name = state_->object.text(function->name);
  const std::ptrdiff_t index = function - state_->object.functions().data();
  return name.empty() ? fmt::format("function[{}]", index) : printable(name);
}

const vmabi::CallSiteRecord* Program::find_call_site(std::uint32_t return_offset) const noexcept {
  const std::span<const vmabi::CallSiteRecord> sites = state_->object.call_sites();
  const auto found = std::lower_bound(
      sites.begin(), sites.end(), return_offset,
      [](const vmabi::CallSiteRecord& site, std::uint32_t at) { return site.return_offset < at; });
  return found != sites.end() && found->return_offset == return_offset ? &*found : nullptr;
}

vmabi::TrapCode Program::trap_at(std::uint32_t image_offset) const noexcept {
  const std::span<const vmabi::TrapRecord> traps = state_->object.traps();
  const auto found = std::lower_bound(
      traps.begin(), traps.end(), image_offset,
      [](const vmabi::TrapRecord& trap, std::uint32_t at) { return trap.offset < at; });
  if (found == traps.end() || found->offset != image_offset) {
    return vmabi::TrapCode::k_unreachable;
  }
  return static_cast<vmabi::TrapCode>(found->code);
}

}  // namespace lind::runtime
