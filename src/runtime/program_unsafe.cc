#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "base/checked.h"
#include "base/units.h"
#include "host/mapping.h"
#include "runtime/program.h"
#include "runtime/thread_block_internal.h"
#include "verify/verify.h"
#include "vmabi/thread_block.h"

namespace lind::runtime {
namespace {

// Every signature passes words beyond the registers, and an adapter all of them, in slots; builtins
// use the first one.
std::uint32_t words_of(std::span<const std::byte> kinds) {
  std::uint32_t words = 0;
  for (const std::byte kind : kinds) {
    words += kind == std::byte{static_cast<std::uint8_t>(vmabi::ValueKind::kV128)} ? 2 : 1;
  }
  return words;
}

}  // namespace

struct Program::State {
  explicit State(object::Object parsed) : object(std::move(parsed)) {}

  object::Object object;
  host::Mapping image;
  std::uint32_t num_slot_words = 1;
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

  // These very bytes, which nobody else can write, become executable or nothing does.
  const std::span<const std::byte> image(state->image.data(), image_bytes);
  const verify::Code code{
      .text = image.first(header.text_size),
      .rodata = image.subspan(rodata_start, header.rodata_size),
      .rodata_offset = static_cast<std::uint32_t>(rodata_start),
      .thread_block = lind_thread_block_offset(),
      .is_lind_program = (header.flags & vmabi::kFlagLindProgram) != 0,
      .num_global_words = header.num_global_words,
      .functions = object.functions(),
      .tables = object.tables(),
      .call_sites = object.call_sites(),
      .traps = object.traps(),
      .fs_sites = object.fs_sites(),
  };
  if (verify == Verify::kYes) LIND_TRY(verify::verify(code));

  const bool closed =
      (text_bytes == 0 ||
       state->image.protect(0, text_bytes, host::PageAccess::kReadExecute).ok()) &&
      (rodata_bytes == 0 ||
       state->image.protect(rodata_start, rodata_bytes, host::PageAccess::kRead).ok());
  if (!closed) return Error("the host does not let us make code executable");
  return std::shared_ptr<const Program>(new Program(std::move(state)));
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

std::string Program::function_name(std::uint32_t image_offset) const {
  const std::span<const vmabi::FunctionRecord> functions = state_->object.functions();
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const vmabi::FunctionRecord& function = functions[i];
    if (image_offset - function.code_offset >= function.code_size) continue;
    const std::string_view name = state_->object.text(function.name);
    return name.empty() ? fmt::format("function[{}]", i) : std::string(name);
  }
  return fmt::format("code+{:#x}", image_offset);
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
