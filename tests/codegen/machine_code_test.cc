// What every object's machine code must look like, found by disassembling it.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiled.h"
#include "disassembly.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"

namespace lind::testing {
namespace {

using codegen::CompileOptions;
using codegen::Mode;
using codegen::Tier;

using Parameters = std::tuple<const char*, Mode, Tier, const char*>;

struct Sample {
  Compiled compiled;
  std::vector<Instruction> code;
};

/// The object for these parameters; compiled once, for all tests.
const Sample& sample(const Parameters& parameters) {
  static std::map<Parameters, Sample> samples;
  auto found = samples.find(parameters);
  if (found == samples.end()) {
    CompileOptions options;
    options.mode = std::get<1>(parameters);
    options.tier = std::get<2>(parameters);
    options.cpu = std::get<3>(parameters);
    Compiled compiled = compile_ok(read_wat(std::get<0>(parameters)), options);
    std::vector<Instruction> code = disassemble(compiled.text());
    found = samples.emplace(parameters, Sample{std::move(compiled), std::move(code)}).first;
  }
  return found->second;
}

class MachineCode : public ::testing::TestWithParam<Parameters> {
 protected:
  const Compiled* compiled_ = &sample(GetParam()).compiled;
  const std::vector<Instruction>& code_ = sample(GetParam()).code;
};

TEST_P(MachineCode, KeepsAddressesOfTheStackOutOfRegistersAndMemory) {
  for (const Instruction& instruction : code_) {
    if (!instruction.mentions("%rsp") && !instruction.mentions("%esp")) continue;
    const bool moves_pointer = instruction.mentions("addq $") || instruction.mentions("subq $");
    const bool reads_frame = instruction.has_memory && !instruction.mentions("lea") &&
                             instruction.mentions("(%rsp)") && instruction.displacement >= 0;
    EXPECT_TRUE(moves_pointer || reads_frame) << instruction.text;
  }
}

TEST_P(MachineCode, TouchesMemoryThroughFsGsTheStackAndConstantsOnly) {
  for (const Instruction& instruction : code_) {
    if (!instruction.has_memory || !instruction.segment.empty()) continue;
    const bool allowed = instruction.mentions("(%rsp)") || instruction.mentions("(%rip)") ||
                         instruction.mentions("lea") || instruction.mentions("nop") ||
                         instruction.mentions("ud1") || instruction.mentions("movslq");
    EXPECT_TRUE(allowed) << instruction.text;
  }
}

TEST_P(MachineCode, MarksEveryFsDisplacement) {
  std::set<std::uint32_t> sites(compiled_->object.fs_sites().begin(),
                                compiled_->object.fs_sites().end());
  for (const Instruction& instruction : code_) {
    if (instruction.segment != "fs") continue;
    EXPECT_FALSE(instruction.has_register) << instruction.text;
    const std::int64_t field = instruction.displacement - vmabi::kNominalOffset;
    EXPECT_GE(field, static_cast<std::int64_t>(offsetof(vmabi::ThreadBlock, builtin_entry)));
    EXPECT_LT(field, static_cast<std::int64_t>(offsetof(vmabi::ThreadBlock, unused)));
    const auto inside = std::ranges::find_if(sites, [&](std::uint32_t site) {
      return site > instruction.offset && site + 4 <= instruction.end();
    });
    ASSERT_NE(inside, sites.end()) << instruction.text;
    std::int32_t stored = 0;
    std::memcpy(&stored, compiled_->text().data() + *inside, sizeof stored);
    EXPECT_EQ(stored, instruction.displacement) << instruction.text;
    sites.erase(inside);
  }
  EXPECT_THAT(sites, ::testing::IsEmpty());
}

TEST_P(MachineCode, CutsAddressesOfLindProgramsTo32BitsButNotThoseOfTables) {
  const bool with_prefix = std::get<1>(GetParam()) == Mode::kLindProgram;
  for (const Instruction& instruction : code_) {
    if (instruction.segment != "gs" || !instruction.has_register) continue;
    const bool is_table = instruction.displacement >= vmabi::kTableWindowsStart &&
                          instruction.displacement < vmabi::kTableWindowsEnd;
    EXPECT_EQ(instruction.has_prefix(0x67), with_prefix && !is_table) << instruction.text;
  }
}

TEST_P(MachineCode, RecordsEveryTrap) {
  std::vector<std::uint32_t> found;
  for (const Instruction& instruction : code_) {
    EXPECT_FALSE(instruction.mentions("ud2"));
    if (instruction.mentions("ud1")) found.push_back(instruction.offset);
  }
  std::vector<std::uint32_t> recorded;
  for (const vmabi::TrapRecord& trap : compiled_->object.traps())
    recorded.push_back(trap.offset);
  EXPECT_EQ(recorded, found);
}

TEST_P(MachineCode, RecordsEveryCall) {
  std::vector<std::uint32_t> found;
  for (const Instruction& instruction : code_) {
    if (instruction.is_call) found.push_back(instruction.end());
  }
  std::vector<std::uint32_t> recorded;
  for (const vmabi::CallSiteRecord& site : compiled_->object.call_sites()) {
    recorded.push_back(site.return_offset);
  }
  EXPECT_EQ(recorded, found);
}

// Pushes and subtractions up to the first call are the frame.
TEST_P(MachineCode, RecordsTheFrameOfEveryCall) {
  std::int64_t depth = 0;
  std::size_t next_site = 0;
  const auto sites = compiled_->object.call_sites();
  std::set<std::uint32_t> starts;
  for (const vmabi::FunctionRecord& record : compiled_->object.functions()) {
    starts.insert(record.code_offset);
    starts.insert(record.entry_offset);
  }
  bool is_first_call = true;
  for (const Instruction& instruction : code_) {
    if (starts.contains(instruction.offset)) {
      depth = 0;
      is_first_call = true;
    }
    if (instruction.mentions("pushq")) depth += 8;
    if (instruction.mentions("subq $") && instruction.mentions(", %rsp")) {
      depth += std::stol(instruction.text.substr(instruction.text.find('$') + 1), nullptr, 0);
    }
    if (!instruction.is_call) continue;
    if (std::exchange(is_first_call, false)) {
      EXPECT_EQ(sites[next_site].frame_bytes, depth) << instruction.offset;
    }
    ++next_site;
  }
}

std::string name_of(const ::testing::TestParamInfo<Parameters>& info) {
  const auto& [file, mode, tier, cpu] = info.param;
  std::string name = std::string(file).substr(0, std::string(file).find('.'));
  name += mode == Mode::kExact ? "Exact" : "Lind";
  name += std::to_string(static_cast<int>(tier));
  name += std::string(cpu).substr(std::string(cpu).size() - 2);
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, MachineCode,
                         ::testing::Combine(::testing::Values("scalar.wat", "vector.wat"),
                                            ::testing::Values(Mode::kLindProgram, Mode::kExact),
                                            ::testing::Values(Tier::kInstant, Tier::kQuick,
                                                              Tier::kLight, Tier::kFull),
                                            ::testing::Values("x86-64-v2", "x86-64-v3")),
                         name_of);

/// The instructions of the function exported under `name`.
std::vector<Instruction> body_of(const Compiled& compiled, const char* name) {
  const vmabi::FunctionRecord& record = compiled.function(name);
  return disassemble(compiled.text().subspan(record.code_offset, record.code_size));
}

// That each became a jump is checked when compiling: otherwise compile_ok fails.
TEST(TailCall, IsAJumpAtEveryTier) {
  for (const Tier tier : {Tier::kInstant, Tier::kQuick, Tier::kLight, Tier::kFull}) {
    for (const Mode mode : {Mode::kLindProgram, Mode::kExact}) {
      CompileOptions options;
      options.tier = tier;
      options.mode = mode;
      const Compiled compiled = compile_ok(read_wat("tail.wat"), options);
      for (const char* name : {"same", "other", "none"}) {
        EXPECT_TRUE(std::ranges::none_of(body_of(compiled, name), &Instruction::is_call)) << name;
      }
      EXPECT_TRUE(std::ranges::any_of(body_of(compiled, "keeps"), &Instruction::is_call));
    }
  }
}

// In a Lind program the prefix would turn such an address into one of linear memory.
TEST(State, IsReadAtConstantAddressesOnly) {
  constexpr std::string_view kModule = R"((module (memory 1) (table 1 funcref)
    (func (export "pick") (param i32) (result i32)
      (select (table.size 0) (memory.size) (local.get 0)))))";
  constexpr std::string_view kTwoTables = R"((module (memory 1) (table 1 funcref) (table 2 funcref)
    (func (export "pick") (param i32) (result i32)
      (select (table.size 0) (table.size 1) (local.get 0)))))";
  for (const Tier tier : {Tier::kInstant, Tier::kQuick, Tier::kLight, Tier::kFull}) {
    for (const std::string_view module : {kModule, kTwoTables}) {
      CompileOptions options;
      options.tier = tier;
      const Compiled compiled = compile_ok(module, options);
      for (const Instruction& instruction : body_of(compiled, "pick")) {
        EXPECT_FALSE(instruction.segment == "gs" && instruction.has_register) << instruction.text;
      }
    }
  }
}

TEST(StackPointer, IsStoredWhenLoweredThoughOnlyTheFrameIsUsed) {
  CompileOptions options;
  options.tier = Tier::kFull;
  const Compiled compiled = compile_ok(read_wat("scalar.wat"), options);
  const vmabi::FunctionRecord& frame = compiled.function("frame");
  const std::int64_t global = vmabi::kNominalOffset +
                              static_cast<std::int64_t>(offsetof(vmabi::ThreadBlock, globals)) +
                              8 * std::int64_t{compiled.object.header().stack_pointer_word};
  const auto code = disassemble(compiled.text().subspan(frame.code_offset, frame.code_size));
  const auto num_stores = std::ranges::count_if(code, [&](const Instruction& instruction) {
    return instruction.segment == "fs" && instruction.displacement == global &&
           instruction.text.ends_with(")") == false &&
           instruction.text.find("%fs:") > instruction.text.find(", ");
  });
  const auto num_updates = std::ranges::count_if(code, [&](const Instruction& instruction) {
    return instruction.segment == "fs" && instruction.displacement == global &&
           (instruction.mentions("addl $") || instruction.mentions("subl $"));
  });
  EXPECT_GE(num_stores + num_updates, 2);
}

}  // namespace
}  // namespace lind::testing
