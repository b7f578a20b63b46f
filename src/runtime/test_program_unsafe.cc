#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "object/object_builder.h"
#include "runtime/test_program_internal.h"
#include "vmabi/type_id.h"

extern "C" {
extern const std::byte test_text[], test_text_end[], test_functions[], test_functions_end[],
    test_fs_sites[], test_fs_sites_end[], test_call_sites[], test_call_sites_end[], test_traps[],
    test_traps_end[];
}

namespace lind::runtime {
namespace {

std::span<const std::byte> between(const std::byte* begin, const std::byte* end) {
  return {begin, end};
}

template <typename T>
std::vector<T> records(std::span<const std::byte> bytes) {
  std::vector<T> list(bytes.size() / sizeof(T));
  std::memcpy(list.data(), bytes.data(), list.size() * sizeof(T));
  return list;
}

// As test_guest.S lays them out.
struct FunctionNote {
  char name[32];
  std::uint32_t type, code_offset, code_size, entry_offset;
  std::uint32_t unused[4];
};

}  // namespace

std::shared_ptr<const Program> make_test_program() {
  using vmabi::kNoIndex;
  object::ObjectBuilder builder;
  const auto text = between(test_text, test_text_end);
  builder.set_bytes(vmabi::kSectionText, text);
  const auto rodata_offset = static_cast<std::uint32_t>(align_up(text.size(), kHostPageSize));

  const std::string kinds(4, static_cast<char>(vmabi::ValueKind::kI64));
  const vmabi::Slice four = builder.add(kinds);
  const vmabi::Slice one{four.offset, 1};
  const vmabi::Slice none{0, 0};
  const auto bytes = std::vector<std::uint8_t>(kinds.begin(), kinds.end());
  builder.set<vmabi::TypeRecord>(vmabi::kSectionTypes,
                                 {{vmabi::type_id(bytes, std::span(bytes).first(1)), four, one, 0},
                                  {vmabi::type_id({}, {}), none, none, 0}});

  std::vector<vmabi::FunctionRecord> functions;
  std::vector<vmabi::ExportRecord> exports;
  for (const FunctionNote& note :
       records<FunctionNote>(between(test_functions, test_functions_end))) {
    const vmabi::Slice name = builder.add(note.name);
    exports.push_back({0, static_cast<std::uint32_t>(functions.size()), name});
    functions.push_back(
        {note.type, note.code_offset, note.code_size, note.entry_offset, 0, 0, name});
  }
  const auto global_export = builder.add("__stack_pointer");
  exports.push_back({static_cast<std::uint32_t>(vmabi::ExternKind::kGlobal), 0, global_export});
  builder.set(vmabi::kSectionFunctions, functions);
  builder.set(vmabi::kSectionExports, exports);
  builder.set(vmabi::kSectionFsSites,
              records<std::uint32_t>(between(test_fs_sites, test_fs_sites_end)));
  auto sites = records<vmabi::CallSiteRecord>(between(test_call_sites, test_call_sites_end));
  std::sort(sites.begin(), sites.end(),
            [](const auto& a, const auto& b) { return a.return_offset < b.return_offset; });
  builder.set(vmabi::kSectionCallSites, sites);
  builder.set(vmabi::kSectionTraps,
              records<vmabi::TrapRecord>(between(test_traps, test_traps_end)));
  builder.set<vmabi::MemoryRecord>(vmabi::kSectionMemories, {{4, 100, 0, 1, 0x7f, 32, 0}});
  const auto i32 = static_cast<std::uint32_t>(vmabi::ValueKind::kI32);
  builder.set<vmabi::GlobalRecord>(vmabi::kSectionGlobals,
                                   {{i32, 1, 0, 0, {0, 0, 0x20000, 0}}, {i32, 1, 1, 0, {}}});
  vmabi::HeaderRecord header{};
  header.magic = vmabi::kObjectMagic;
  header.version = vmabi::kObjectVersion;
  header.flags = vmabi::kFlagLindProgram;
  header.start_function = kNoIndex;
  header.text_size = static_cast<std::uint32_t>(text.size());
  header.rodata_offset = rodata_offset;
  header.num_global_words = 2;
  header.stack_pointer_word = 0;
  header.tls_base_word = kNoIndex;
  builder.set<vmabi::HeaderRecord>(vmabi::kSectionHeader, {header});
  const std::vector<std::byte> key(32);
  builder.set_bytes(vmabi::kSectionKey, key);

  auto program = Program::load(builder.build(), Program::Verify::kNo);
  if (!program.ok()) {
    std::fprintf(stderr, "test program: %s\n", program.error().message().c_str());
  }
  return std::move(program).value();
}

}  // namespace lind::runtime
