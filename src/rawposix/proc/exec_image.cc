#include "rawposix/proc/exec_image.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "base/units.h"
#include "uapi/process.h"
#include "uapi/time.h"

namespace lind::rawposix {
namespace {

constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

constexpr std::array<std::uint32_t, 13> kAuxTypes = {
    uapi::kAT_PHDR,   uapi::kAT_PHNUM,  uapi::kAT_PAGESZ, uapi::kAT_UID,    uapi::kAT_EUID,
    uapi::kAT_GID,    uapi::kAT_EGID,   uapi::kAT_HWCAP,  uapi::kAT_CLKTCK, uapi::kAT_SECURE,
    uapi::kAT_RANDOM, uapi::kAT_EXECFN, uapi::kAT_NULL};

std::size_t num_words(const ProgramArguments& program) noexcept {
  return 1 + program.args.size() + 1 + program.env.size() + 1 + 2 * kAuxTypes.size();
}

// Writes the image front to back: words at the start, strings behind them.
class StackWriter {
 public:
  StackWriter(const ProgramArguments& program, std::uint32_t address)
      : bytes_(initial_stack_bytes(program)),
        address_(address),
        next_string_(num_words(program) * sizeof(std::uint32_t)) {}

  void word(std::uint32_t value) {
    std::memcpy(std::span(bytes_).subspan(next_word_).data(), &value, sizeof(value));
    next_word_ += sizeof(value);
  }

  // Returns the guest address of the copy.
  std::uint32_t data(std::span<const std::byte> value) {
    std::ranges::copy(value, std::span(bytes_).subspan(next_string_).begin());
    const std::uint32_t at = address_ + static_cast<std::uint32_t>(next_string_);
    next_string_ += value.size();
    return at;
  }
  std::uint32_t string(const std::string& value) {
    const std::uint32_t at = data(std::as_bytes(std::span(value)));
    ++next_string_;
    return at;
  }

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
  std::uint32_t address_;
  std::size_t next_word_ = 0;
  std::size_t next_string_;
};

std::uint32_t plain_aux_value(const ProgramArguments& program, std::uint32_t type) noexcept {
  switch (type) {
    case uapi::kAT_PAGESZ:
      return kHostPageSize;
    case uapi::kAT_CLKTCK:
      return static_cast<std::uint32_t>(uapi::kClockTicksPerSecond);
    case uapi::kAT_UID:
      return program.users.real;
    case uapi::kAT_EUID:
      return program.users.effective;
    case uapi::kAT_GID:
      return program.groups.real;
    case uapi::kAT_EGID:
      return program.groups.effective;
    case uapi::kAT_SECURE:
      return program.secure ? 1 : 0;
    default:
      return 0;
  }
}

}  // namespace

bool is_wasm_module(const ExecHead& head) noexcept {
  return std::string_view(head.data(), 4) == std::string_view("\0asm", 4);
}

bool is_elf(const ExecHead& head) noexcept {
  return std::string_view(head.data(), 4) ==
         "\x7f"
         "ELF";
}

// Source: load_script, fs/binfmt_script.c, v6.1.  Offsets instead of pointers; `last` is the last
// byte looked at.
std::optional<ScriptLine> parse_script_line(const ExecHead& head) {
  if (head[0] != '#' || head[1] != '!') return std::nullopt;
  const auto skip_blanks = [&head](std::size_t from, std::size_t last) {
    while (from <= last && is_blank(head[from]))
      ++from;
    return from <= last ? std::optional(from) : std::nullopt;
  };
  const auto find_end = [&head](std::size_t from, std::size_t last) {
    while (from <= last && !is_blank(head[from]) && head[from] != '\0')
      ++from;
    return from <= last ? std::optional(from) : std::nullopt;
  };

  std::size_t end = static_cast<std::size_t>(std::ranges::find(head, '\n') - head.begin());
  if (end == head.size()) {
    // Without an end of line the name must end inside the bytes we have, or it may be cut.
    end = head.size() - 1;
    const std::optional<std::size_t> start = skip_blanks(2, end);
    if (!start || !find_end(*start, end)) return std::nullopt;
  }
  while (is_blank(head[end - 1]))
    --end;

  const std::optional<std::size_t> name = skip_blanks(2, end);
  if (!name || *name == end) return std::nullopt;
  const std::optional<std::size_t> separator = find_end(*name, end);
  const auto text = [&head](std::size_t from, std::size_t to) {
    const std::string_view all(head.data() + from, to - from);
    return std::string(all.substr(0, all.find('\0')));
  };
  ScriptLine line{.interpreter = text(*name, separator.value_or(end)), .argument = {}};
  if (separator && head[*separator] != '\0') {
    if (const std::optional<std::size_t> argument = skip_blanks(*separator, end)) {
      line.argument = text(*argument, std::max(*argument, end));
    }
  }
  return line;
}

std::size_t initial_stack_bytes(const ProgramArguments& program) noexcept {
  std::size_t bytes = num_words(program) * sizeof(std::uint32_t) + program.random.size();
  for (const std::string& text : program.args)
    bytes += text.size() + 1;
  for (const std::string& text : program.env)
    bytes += text.size() + 1;
  bytes += program.exec_name.size() + 1;
  return align_up(bytes, 16);
}

std::vector<std::byte> initial_stack(const ProgramArguments& program, std::uint32_t address) {
  StackWriter writer(program, address);
  writer.word(static_cast<std::uint32_t>(program.args.size()));
  for (const std::string& text : program.args)
    writer.word(writer.string(text));
  writer.word(0);
  for (const std::string& text : program.env)
    writer.word(writer.string(text));
  writer.word(0);
  for (const std::uint32_t type : kAuxTypes) {
    writer.word(type);
    if (type == uapi::kAT_RANDOM) {
      writer.word(writer.data(program.random));
    } else if (type == uapi::kAT_EXECFN) {
      writer.word(writer.string(program.exec_name));
    } else {
      writer.word(plain_aux_value(program, type));
    }
  }
  return writer.take();
}

}  // namespace lind::rawposix
