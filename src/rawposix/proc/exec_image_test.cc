#include "rawposix/proc/exec_image.h"

#include <cstring>
#include <string_view>

#include <gtest/gtest.h>

#include "uapi/process.h"

namespace lind::rawposix {
namespace {

ExecHead head_of(std::string_view text) {
  ExecHead head{};
  text.copy(head.data(), head.size());
  return head;
}

struct ScriptCase {
  std::string text;
  std::optional<ScriptLine> line;
};

// Every row was tried on Linux 6.18 with a script that prints its arguments.
TEST(ScriptLine, IsReadAsLinuxReadsIt) {
  const std::string long_name(300, 'x');
  const std::string blanks(300, ' ');
  const std::string fits = "/" + std::string(252, 'i');
  const ScriptCase cases[] = {
      {"#!/bin/sh\n", ScriptLine{"/bin/sh", {}}},
      {"#! \t /bin/sh\nrest", ScriptLine{"/bin/sh", {}}},
      {"#!/bin/sh -e\n", ScriptLine{"/bin/sh", "-e"}},
      {"#!/bin/sh \t -e  -x  \n", ScriptLine{"/bin/sh", "-e  -x"}},
      {"#!/bin/sh   \n", ScriptLine{"/bin/sh", {}}},
      {"#!/bin/sh\r\n", ScriptLine{"/bin/sh\r", {}}},
      {"#!/bin/sh", ScriptLine{"/bin/sh", {}}},
      {"#!/bin/sh -e", ScriptLine{"/bin/sh", "-e"}},
      {"#!/bin/sh ", ScriptLine{"/bin/sh", ""}},
      {std::string("#!/bin/sh\0-e\n", 13), ScriptLine{"/bin/sh", {}}},
      {std::string("#!/bin/sh a\0b c\n", 16), ScriptLine{"/bin/sh", "a"}},
      {"#!", ScriptLine{"", {}}},
      {"#! ", ScriptLine{"", {}}},
      {"#!" + fits + "\n", ScriptLine{fits, {}}},
      {"#!/bin/sh " + long_name, ScriptLine{"/bin/sh", std::string(245, 'x')}},
      {"#!\n", std::nullopt},
      {"#!   \n", std::nullopt},
      {"#!" + blanks, std::nullopt},
      {"#!" + fits + "i\n", std::nullopt},
      {"#!" + long_name, std::nullopt},
      {"#", std::nullopt},
      {"", std::nullopt},
      {" #!/bin/sh\n", std::nullopt},
      {"/bin/sh\n", std::nullopt},
  };
  for (const ScriptCase& c : cases) {
    EXPECT_EQ(parse_script_line(head_of(c.text)), c.line) << c.text.substr(0, 40);
  }
}

TEST(WasmModule, IsToldByItsFirstFourBytes) {
  EXPECT_TRUE(is_wasm_module(head_of(std::string_view("\0asm\1\0\0\0", 8))));
  EXPECT_FALSE(is_wasm_module(head_of("\177ELF")));
  EXPECT_FALSE(is_wasm_module(head_of("")));
}

// Reads an image back as a program would that was given it at `address`.
class Reader {
 public:
  Reader(std::vector<std::byte> image, std::uint32_t address)
      : image_(std::move(image)), address_(address) {}
  std::uint32_t word() {
    std::uint32_t value = 0;
    EXPECT_LE(next_ + 4, image_.size());
    std::memcpy(&value, &image_[next_], 4);
    next_ += 4;
    return value;
  }
  std::string string(std::uint32_t pointer) const {
    std::string text;
    for (std::size_t at = pointer - address_; image_.at(at) != std::byte{0}; ++at) {
      text.push_back(static_cast<char>(image_[at]));
    }
    return text;
  }
  std::byte byte(std::uint32_t pointer) const { return image_.at(pointer - address_); }

 private:
  std::vector<std::byte> image_;
  std::uint32_t address_;
  std::size_t next_ = 0;
};

TEST(InitialStack, HoldsWordsThenStringsWithAbsolutePointers) {
  ProgramArguments program{.args = {"prog", "", "two words"},
                           .env = {"A=1", "B="},
                           .exec_name = "/bin/prog",
                           .random = {}};
  program.random[15] = std::byte{0x7f};
  constexpr std::uint32_t kAddress = 0x20000;
  const std::vector<std::byte> image = initial_stack(program, kAddress);
  EXPECT_EQ(image.size(), initial_stack_bytes(program));
  EXPECT_EQ(image.size() % 16, 0U);
  Reader reader(image, kAddress);
  EXPECT_EQ(reader.word(), 3U);
  EXPECT_EQ(reader.string(reader.word()), "prog");
  EXPECT_EQ(reader.string(reader.word()), "");
  EXPECT_EQ(reader.string(reader.word()), "two words");
  EXPECT_EQ(reader.word(), 0U);
  EXPECT_EQ(reader.string(reader.word()), "A=1");
  EXPECT_EQ(reader.string(reader.word()), "B=");
  EXPECT_EQ(reader.word(), 0U);
  int seen = 0;
  for (;;) {
    const std::uint32_t type = reader.word();
    const std::uint32_t value = reader.word();
    if (type == uapi::kAT_NULL) break;
    if (type == uapi::kAT_PAGESZ) seen += value == 4096 ? 1 : 0;
    if (type == uapi::kAT_CLKTCK) seen += value == 100 ? 1 : 0;
    if (type == uapi::kAT_EXECFN) seen += reader.string(value) == "/bin/prog" ? 1 : 0;
    if (type == uapi::kAT_RANDOM) seen += reader.byte(value + 15) == std::byte{0x7f} ? 1 : 0;
  }
  EXPECT_EQ(seen, 4);
}

TEST(InitialStack, OfAProgramWithoutAnythingIsStillWellFormed) {
  Reader reader(initial_stack(ProgramArguments{}, 0x10000), 0x10000);
  EXPECT_EQ(reader.word(), 0U);
  EXPECT_EQ(reader.word(), 0U);
  EXPECT_EQ(reader.word(), 0U);
  EXPECT_EQ(reader.word(), uapi::kAT_PHDR);
}

}  // namespace
}  // namespace lind::rawposix
