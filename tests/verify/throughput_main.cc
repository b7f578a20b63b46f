// usage: verify_throughput OBJECT ROUNDS
// Prints per round: nanoseconds of one core for 100,000 bytes of text, and how many bytes it has.

#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "object/object.h"
#include "verify/verify.h"
#include "vmabi/thread_block.h"

namespace {

std::int64_t cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return EXIT_FAILURE;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(content));
  const auto parsed = lind::object::Object::parse(bytes);
  if (!parsed.ok()) return EXIT_FAILURE;
  const lind::object::Object& object = parsed.value();
  const lind::vmabi::HeaderRecord& header = object.header();
  lind::verify::Code code;
  code.text = bytes.subspan(object.text_range().offset, object.text_range().size);
  code.rodata = bytes.subspan(object.rodata_range().offset, object.rodata_range().size);
  code.rodata_offset = header.rodata_offset;
  code.thread_block = lind::vmabi::kNominalOffset;
  code.is_lind_program = (header.flags & lind::vmabi::kFlagLindProgram) != 0;
  code.num_global_words = header.num_global_words;
  code.functions = object.functions();
  code.tables = object.tables();
  code.call_sites = object.call_sites();
  code.traps = object.traps();
  code.fs_sites = object.fs_sites();
  for (long round = std::strtol(argv[2], nullptr, 10); round > 0; --round) {
    const std::int64_t start = cpu_ns();
    if (!lind::verify::verify(code).ok()) return EXIT_FAILURE;
    const std::int64_t took = cpu_ns() - start;
    std::printf("%.0f %zu\n",
                static_cast<double>(took) * 1e5 / static_cast<double>(code.text.size()),
                code.text.size());
  }
  return EXIT_SUCCESS;
}
