// What a program may know of its own stack.
#include "rawposix/proc/backtrace.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "runtime/address_space.h"
#include "runtime/instance.h"
#include "runtime/program.h"

namespace lind::rawposix {
namespace {

constexpr std::uint64_t kMaxFrames = 4096;

}  // namespace

Result<std::int64_t> frames_of_caller(runtime::Thread& thread, const runtime::SyscallArgs& args) {
  const std::vector<std::uint32_t> places =
      thread.frames(static_cast<std::size_t>(std::min(args[1], kMaxFrames)));
  LIND_TRY(
      thread.instance().memory().copy_out(GuestAddr{args[0]}, std::as_bytes(std::span(places))));
  return static_cast<std::int64_t>(places.size());
}

Result<std::int64_t> function_at(runtime::Thread& thread, const runtime::SyscallArgs& args) {
  const auto place = static_cast<std::uint32_t>(args[0]);
  const runtime::Program& program = thread.instance().program();
  const vmabi::FunctionRecord* const function = program.find_function(place);
  if (function == nullptr) return uapi::Errno::kEINVAL;
  const std::uint32_t distance = place - function->code_offset;
  const std::string name = program.function_name(place);
  if (args[2] < sizeof distance) return uapi::Errno::kEINVAL;
  const auto room =
      static_cast<std::size_t>(std::min<std::uint64_t>(args[2] - sizeof distance, name.size()));
  std::vector<std::byte> answer;
  std::ranges::copy(std::as_bytes(std::span(&distance, 1)), std::back_inserter(answer));
  std::ranges::copy(std::as_bytes(std::span(name).first(room)), std::back_inserter(answer));
  LIND_TRY(thread.instance().memory().copy_out(GuestAddr{args[1]}, answer));
  return static_cast<std::int64_t>(name.size());
}

}  // namespace lind::rawposix
