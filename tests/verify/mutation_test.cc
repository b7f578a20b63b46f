// One byte of a good object changed, tens of thousands of times: whatever is still accepted must
// not reach out of its cage, by the word of a machine that runs it with hostile values.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "compiled.h"
#include "object/object.h"
#include "oracle.h"
#include "verify/verify.h"
#include "vmabi/thread_block.h"

namespace lind::testing {
namespace {

using Bytes = std::vector<std::byte>;

constexpr unsigned kWalksOfGood = 200;
constexpr unsigned kWalksOfMutant = 8;

unsigned num_mutations() {
  const char* const wanted = std::getenv("LIND_MUTATIONS");
  return wanted == nullptr ? 30'000 : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}

/// As Program::load has it, with the thread block where objects suppose it.
verify::Code code_of(const Bytes& bytes, const object::Object& object) {
  const vmabi::HeaderRecord& header = object.header();
  const auto part = [&](object::Object::FileRange range) {
    return std::span(bytes).subspan(range.offset, range.size);
  };
  return {
      .text = part(object.text_range()),
      .rodata = part(object.rodata_range()),
      .rodata_offset = header.rodata_offset,
      .thread_block = vmabi::kNominalOffset,
      .is_lind_program = (header.flags & vmabi::kFlagLindProgram) != 0,
      .num_global_words = std::min<std::uint32_t>(header.num_global_words, vmabi::kNumGlobalWords),
      .functions = object.functions(),
      .tables = object.tables(),
      .call_sites = object.call_sites(),
      .traps = object.traps(),
      .fs_sites = object.fs_sites()};
}

std::vector<std::uint32_t> starts_of(const verify::Code& code) {
  std::vector<std::uint32_t> starts;
  for (const vmabi::FunctionRecord& function : code.functions) {
    starts.push_back(function.code_offset);
    if (function.entry_offset != vmabi::kNoIndex) starts.push_back(function.entry_offset);
  }
  std::ranges::sort(starts);
  const auto same = std::ranges::unique(starts);
  starts.erase(same.begin(), same.end());
  starts.push_back(static_cast<std::uint32_t>(code.text.size()));
  return starts;
}

struct Tally {
  unsigned num_parsed = 0;
  unsigned num_accepted = 0;
};

/// Walks through the functions of accepted code that have a byte in [begin, end).
void expect_no_escape(const verify::Code& code, std::size_t begin, std::size_t end,
                      std::mt19937_64& random, unsigned num_walks, const std::string& about) {
  const std::vector<std::uint32_t> starts = starts_of(code);
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    if (starts[i + 1] <= begin || starts[i] >= end) continue;
    EXPECT_EQ(find_escape(code, starts[i], starts[i + 1], random, num_walks), "")
        << about << ", function at " << starts[i];
  }
}

bool is_accepted(const verify::Code& code, std::size_t begin, std::size_t end) {
  ErrorOr<verify::Verifier> verifier = verify::Verifier::create(code);
  return verifier.ok() && verifier.value().verify(begin, end).ok();
}

/// Mostly of the text, often of the constants (jump tables), else anywhere in the file.
std::size_t pick_byte(const object::Object& object, std::size_t size, std::mt19937_64& random) {
  const std::uint64_t choice = random() % 8;
  const object::Object::FileRange range = choice < 5   ? object.text_range()
                                          : choice < 6 ? object.rodata_range()
                                                       : object::Object::FileRange{0, 0};
  return range.size == 0 ? random() % size : range.offset + random() % range.size;
}

/// Changes bytes of `good` one at a time: mostly text, the rest anywhere in the file.
Tally mutate(const Bytes& good, unsigned count, std::mt19937_64& random, const std::string& name) {
  Tally tally;
  const auto parsed = object::Object::parse(good);
  EXPECT_TRUE(parsed.ok());
  const object::Object::FileRange text = parsed.value().text_range();
  Bytes bytes = good;
  for (unsigned i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
    const std::size_t at = pick_byte(parsed.value(), good.size(), random);
    const std::byte value = random() % 2 == 0 ? static_cast<std::byte>(random())
                                              : good[at] ^ (std::byte{1} << random() % 8);
    if (value == good[at]) continue;
    bytes[at] = value;
    if (const auto object = object::Object::parse(bytes); object.ok()) {
      ++tally.num_parsed;
      const verify::Code code = code_of(bytes, object.value());
      const std::size_t offset = at - text.offset;
      const bool hits_text = at >= text.offset && offset < text.size;
      // Another byte of the text changes nothing about functions that do not have it.
      const std::size_t begin = hits_text ? offset : 0;
      const std::size_t end = hits_text ? offset + 1 : text.size;
      if (is_accepted(code, begin, end)) {
        ++tally.num_accepted;
        expect_no_escape(code, begin, end, random, hits_text ? kWalksOfMutant : 1,
                         name + ", byte " + std::to_string(at) + " is " +
                             std::to_string(std::to_integer<int>(value)));
      }
    }
    bytes[at] = good[at];
  }
  return tally;
}

struct Sample {
  std::string name;
  Bytes bytes;
};

/// The modules of tests/codegen in both modes, or the object files that LIND_MUTATION_OBJECTS
/// names.
std::vector<Sample> samples() {
  std::vector<Sample> all;
  if (const char* const files = std::getenv("LIND_MUTATION_OBJECTS")) {
    std::istringstream names(files);
    for (std::string name; names >> name;) {
      std::ifstream file(name, std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(file), {}};
      const auto bytes = std::as_bytes(std::span(content));
      all.push_back({name, {bytes.begin(), bytes.end()}});
    }
    return all;
  }
  for (const codegen::Mode mode : {codegen::Mode::kLindProgram, codegen::Mode::kExact}) {
    for (const char* name : {"scalar.wat", "vector.wat", "tail.wat", "control.wat"}) {
      codegen::CompileOptions options;
      options.mode = mode;

      all.push_back({std::string(name) + (mode == codegen::Mode::kExact ? ", exact" : ""),
                     compile_ok(read_wat(name), options).bytes});
    }
  }
  return all;
}

TEST(MutationTest, WhatIsAcceptedStaysInside) {
  std::mt19937_64 random(1);
  const std::vector<Sample> all = samples();
  Tally sum;
  for (const Sample& sample : all) {
    const auto object = object::Object::parse(sample.bytes);
    ASSERT_TRUE(object.ok()) << sample.name;
    const verify::Code code = code_of(sample.bytes, object.value());
    const ErrorOr<void> verdict = verify::verify(code);
    ASSERT_TRUE(verdict.ok()) << sample.name << ": " << verdict.error().message();
    expect_no_escape(code, 0, code.text.size(), random, kWalksOfGood, sample.name);
    const Tally tally = mutate(sample.bytes, num_mutations() / static_cast<unsigned>(all.size()),
                               random, sample.name);
    sum.num_parsed += tally.num_parsed;
    sum.num_accepted += tally.num_accepted;
  }
  RecordProperty("parsed", static_cast<int>(sum.num_parsed));
  RecordProperty("accepted", static_cast<int>(sum.num_accepted));
  EXPECT_GT(sum.num_accepted, 0U);
  EXPECT_LT(sum.num_accepted, sum.num_parsed);
}

}  // namespace
}  // namespace lind::testing
