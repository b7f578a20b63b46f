#include "object/object.h"

#include <array>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "object/object_builder.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"
#include "vmabi/type_id.h"

namespace lind::object {
namespace {

using testing::HasSubstr;
using vmabi::kNoIndex;

constexpr std::uint32_t kI32 = 0x7f;
constexpr std::uint32_t kI64 = 0x7e;
constexpr std::uint32_t kV128 = 0x7b;
constexpr std::uint32_t kFuncRef = 0x70;
constexpr std::uint32_t kExternRef = 0x6f;
constexpr std::uint32_t kText = 64;
constexpr std::uint32_t kRodata = 16;
constexpr auto kPage = static_cast<std::int64_t>(kHostPageSize);

/// The records of an object that uses every section.  Tests change one and look.
struct Records {
  ObjectBuilder builder;
  vmabi::HeaderRecord header{.magic = vmabi::kObjectMagic,
                             .version = vmabi::kObjectVersion,
                             .flags = vmabi::kFlagLindProgram,
                             .start_function = 1,
                             .text_size = kText,
                             .rodata_offset = kHostPageSize,
                             .rodata_size = kRodata,
                             .num_global_words = 4,
                             .stack_pointer_word = 0,
                             .tls_base_word = kNoIndex,
                             .num_imported_functions = 1,
                             .reserved = 0};
  std::vector<vmabi::TypeRecord> types;
  std::vector<vmabi::ImportRecord> imports;
  std::vector<vmabi::ExportRecord> exports;
  std::vector<vmabi::FunctionRecord> functions;
  std::vector<vmabi::TableRecord> tables;
  std::vector<vmabi::MemoryRecord> memories{
      {.initial = 1,
       .declared_max = ~0ULL,
       .base = 0,
       .shared = 0,
       .address = static_cast<std::uint32_t>(vmabi::ValueKind::kI32),
       .address_bits = 32,
       .reserved = 0}};
  std::vector<vmabi::GlobalRecord> globals;
  std::vector<vmabi::TagRecord> tags;
  std::vector<vmabi::ElemRecord> elems;
  std::vector<vmabi::ConstExpr> elem_items;
  std::vector<vmabi::ConstStepRecord> const_steps{{0, 0, 1}, {2, 0, 0}, {3, 0, 0}};
  std::vector<vmabi::DataRecord> data;
  std::vector<vmabi::CallSiteRecord> call_sites;
  std::vector<vmabi::TrapRecord> traps{{.offset = 0, .code = 1}, {.offset = 60, .code = 2}};
  std::vector<std::uint32_t> fs_sites{4, 8, 60};
  std::vector<std::byte> key{32, std::byte{7}};
  std::vector<std::byte> text{kText, std::byte{0x90}};
  std::uint64_t rodata_address = kHostPageSize;

  Records();
  std::vector<std::byte> bytes();
};

constexpr vmabi::ConstExpr number(std::uint64_t value) {
  return {.kind = 0, .index = 0, .low = value, .high = 0};
}
constexpr vmabi::ConstExpr of_kind(vmabi::ConstKind kind, std::uint32_t index) {
  return {.kind = static_cast<std::uint32_t>(kind), .index = index, .low = 0, .high = 0};
}

vmabi::GlobalRecord global(std::uint32_t value, std::uint32_t is_mutable, std::uint32_t word,
                           vmabi::ConstExpr init) {
  return {
      .value = value, .is_mutable = is_mutable, .first_word = word, .reserved = 0, .init = init};
}

Records::Records() {
  constexpr std::array<std::uint8_t, 1> kOneI32 = {kI32};
  const vmabi::Slice none{};
  types = {{.id = vmabi::type_id({}, {}), .params = none, .results = none, .reserved = 0},
           {.id = vmabi::type_id(kOneI32, {}),
            .params = builder.add("\x7f"),
            .results = none,
            .reserved = 0}};
  const vmabi::Slice lind = builder.add("lind");
  const vmabi::Slice start = builder.add("_start");
  imports = {{.kind = 0, .index = 0, .module = lind, .name = builder.add("syscall")},
             {.kind = 3, .index = 0, .module = lind, .name = builder.add("base")}};
  exports = {{.kind = 0, .index = 1, .name = start},
             {.kind = 2, .index = 0, .name = builder.add("memory")},
             {.kind = 3, .index = 3, .name = {}}};
  functions = {{.type = 1,
                .code_offset = 0,
                .code_size = 16,
                .entry_offset = kNoIndex,
                .frame_bytes = 12,
                .saved_regs = 0,
                .name = none},
               {.type = 0,
                .code_offset = 16,
                .code_size = 48,
                .entry_offset = 32,
                .frame_bytes = 56,
                .saved_regs = 0x3f,
                .name = start}};
  tables = {{.element = kFuncRef,
             .initial = 3,
             .declared_max = kNoIndex,
             .capacity = 512,
             .window_offset = vmabi::kTableWindowsEnd - kPage,
             .address = kI32,
             .reserved = 0},
            {.element = kFuncRef,
             .initial = 0,
             .declared_max = 10,
             .capacity = 513,
             .window_offset = vmabi::kTableWindowsEnd - 3 * kPage,
             .address = kI32,
             .reserved = 0},
            {.element = kExternRef,
             .initial = 2,
             .declared_max = 10,
             .capacity = 0,
             .window_offset = 0,
             .address = kI32,
             .reserved = 0}};
  globals = {global(kI32, 0, 0, {}), global(kI64, 1, 1, number(~0ULL)),
             global(kI32, 0, kNoIndex, of_kind(vmabi::ConstKind::kGlobal, 0)),
             global(kV128, 1, 2, {.kind = 0, .index = 0, .low = 1, .high = 2}),
             global(kFuncRef, 0, kNoIndex, of_kind(vmabi::ConstKind::kFunction, 1))};
  elem_items = {of_kind(vmabi::ConstKind::kFunction, 0), of_kind(vmabi::ConstKind::kNull, 0),
                of_kind(vmabi::ConstKind::kGlobal, 4)};
  elems = {{.mode = 0,
            .table = 0,
            .element = kFuncRef,
            .first_item = 0,
            .num_items = 2,
            .reserved = 0,
            .offset = {.kind = 4, .index = 0, .low = 3, .high = 0}},
           {.mode = 1,
            .table = 77,
            .element = kFuncRef,
            .first_item = 2,
            .num_items = 1,
            .reserved = 0,
            .offset = {}}};
  data = {{.mode = 0, .memory = 0, .bytes = lind, .offset = of_kind(vmabi::ConstKind::kGlobal, 0)},
          {.mode = 1, .memory = 5, .bytes = start, .offset = {}}};
  call_sites = {{.return_offset = 21, .function = 1, .frame_bytes = 56, .landing_pad = kNoIndex},
                {.return_offset = 64, .function = kNoIndex, .frame_bytes = 8, .landing_pad = 63}};
}

std::vector<std::byte> Records::bytes() {
  builder.set_bytes(vmabi::kSectionText, text);
  if (header.rodata_size != 0) {
    builder.set_bytes(vmabi::kSectionRodata, std::vector<std::byte>(header.rodata_size),
                      rodata_address);
  }
  builder.set(vmabi::kSectionHeader, std::vector{header});
  builder.set(vmabi::kSectionTypes, types);
  builder.set(vmabi::kSectionImports, imports);
  builder.set(vmabi::kSectionExports, exports);
  builder.set(vmabi::kSectionFunctions, functions);
  builder.set(vmabi::kSectionTables, tables);
  builder.set(vmabi::kSectionMemories, memories);
  builder.set(vmabi::kSectionGlobals, globals);
  builder.set(vmabi::kSectionTags, tags);
  builder.set(vmabi::kSectionElems, elems);
  builder.set(vmabi::kSectionElemItems, elem_items);
  builder.set(vmabi::kSectionConstSteps, const_steps);
  builder.set(vmabi::kSectionData, data);
  builder.set(vmabi::kSectionCallSites, call_sites);
  builder.set(vmabi::kSectionTraps, traps);
  builder.set(vmabi::kSectionFsSites, fs_sites);
  builder.set(vmabi::kSectionKey, key);
  return builder.build();
}

/// The message with which `bytes` are refused, "accepted" if they are not.
std::string refusal(const std::vector<std::byte>& bytes) {
  const ErrorOr<Object> object = Object::parse(bytes);
  return object.ok() ? "accepted" : object.error().message();
}

TEST(Object, ReadsEverySectionOfAGoodFile) {
  Records records;
  const std::vector<std::byte> bytes = records.bytes();
  const ErrorOr<Object> parsed = Object::parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  const Object& object = parsed.value();
  EXPECT_EQ(object.header().start_function, 1U);
  EXPECT_EQ(object.types().size(), 2U);
  EXPECT_EQ(object.text(object.imports()[0].name), "syscall");
  EXPECT_EQ(object.text(object.exports()[0].name), "_start");
  EXPECT_EQ(object.text(object.exports()[2].name), "");
  EXPECT_EQ(object.bytes(object.data()[0].bytes).size(), 4U);
  EXPECT_EQ(object.functions()[1].saved_regs, 0x3fU);
  EXPECT_EQ(object.tables()[1].capacity, 513U);
  EXPECT_EQ(object.memories()[0].declared_max, ~0ULL);
  EXPECT_EQ(object.globals()[3].init.high, 2U);
  EXPECT_EQ(object.elem_items().size(), 3U);
  EXPECT_EQ(object.const_steps().size(), 3U);
  EXPECT_EQ(object.call_sites()[1].return_offset, 64U);
  EXPECT_EQ(object.traps()[1].offset, 60U);
  EXPECT_EQ(object.fs_sites()[2], 60U);
  EXPECT_EQ(object.key()[31], std::byte{7});
  EXPECT_EQ(bytes[object.text_range().offset], std::byte{0x90});
  EXPECT_EQ(object.text_range().size, kText);
  EXPECT_EQ(object.rodata_range().size, kRodata);
}

TEST(Object, ReadsAnObjectWithoutFunctionsOrReadOnlyData) {
  ObjectBuilder builder;
  builder.set(vmabi::kSectionHeader,
              std::vector{vmabi::HeaderRecord{.magic = vmabi::kObjectMagic,
                                              .version = vmabi::kObjectVersion,
                                              .flags = 0,
                                              .start_function = kNoIndex,
                                              .text_size = 0,
                                              .rodata_offset = 0,
                                              .rodata_size = 0,
                                              .num_global_words = 0,
                                              .stack_pointer_word = kNoIndex,
                                              .tls_base_word = kNoIndex,
                                              .num_imported_functions = 0,
                                              .reserved = 0}});
  builder.set(vmabi::kSectionKey, std::vector<std::byte>(32));
  EXPECT_EQ(refusal(builder.build()), "accepted");
}

struct BadCase {
  const char* what;
  std::function<void(Records&)> change;
  const char* message;
};

TEST(Object, RefusesRecordsThatAreJustOutside) {
  const std::vector<BadCase> cases = {
      {"magic", [](Records& r) { r.header.magic++; }, "magic"},
      {"version", [](Records& r) { r.header.version++; }, "expected"},
      {"flags", [](Records& r) { r.header.flags = 4; }, "flags"},
      {"reserved", [](Records& r) { r.header.reserved = 1; }, "flags"},
      {"start", [](Records& r) { r.header.start_function = 2; }, "start function 2"},
      {"start's type", [](Records& r) { r.functions[1].type = 1; }, "start function"},
      {"start's entry",
       [](Records& r) {
         r.functions[1].entry_offset = kNoIndex;
         r.exports.clear();
       },
       "no entry"},
      {"text size", [](Records& r) { r.header.text_size++; }, ".text has 64 bytes"},
      {"rodata size", [](Records& r) { r.rodata_address += 4096; }, ".rodata has 16 bytes"},
      {"rodata alignment", [](Records& r) { r.rodata_address = r.header.rodata_offset = 128; },
       ".rodata"},
      {"rodata over text", [](Records& r) { r.rodata_address = r.header.rodata_offset = 0; },
       ".rodata"},
      {"rodata far away",
       [](Records& r) { r.rodata_address = r.header.rodata_offset = 0x40000000; }, ".rodata"},
      {"global words", [](Records& r) { r.header.num_global_words = 513; }, "513 global words"},
      {"stack pointer", [](Records& r) { r.header.stack_pointer_word = 4; }, "global words"},
      {"tls base", [](Records& r) { r.header.tls_base_word = 4; }, "global words"},
      {"imported functions", [](Records& r) { r.header.num_imported_functions = 0; },
       "0 imported functions"},
      {"more imports than functions", [](Records& r) { r.header.num_imported_functions = 3; },
       "3 imported functions"},
      {"type id", [](Records& r) { r.types[1].id++; }, "expected"},
      {"type outside pool", [](Records& r) { r.types[1].params.offset = 1U << 31; }, "pool"},
      {"type that wraps", [](Records& r) { r.types[1].params = {1, 0xffffffff}; }, "pool"},
      {"value type", [](Records& r) { r.types[1].params = r.builder.add("\x6e"); }, "0x6e"},
      {"too many values",
       [](Records& r) { r.types[1].params = r.builder.add(std::string(257, '\x7f')); }, "257"},
      {"too many words",
       [](Records& r) { r.types[1].params = r.builder.add(std::string(129, '\x7b')); }, "258"},
      {"function type", [](Records& r) { r.functions[0].type = 2; }, "type 2, there are 2"},
      {"code offset", [](Records& r) { r.functions[1].code_offset = 17; },
       "48 bytes of code at 17"},
      {"code that wraps", [](Records& r) { r.functions[1].code_size = 0xfffffff0; }, "of code"},
      {"no code", [](Records& r) { r.functions[1].code_size = 0; }, "0 bytes of code"},
      {"entry", [](Records& r) { r.functions[1].entry_offset = kText; }, "entry at 64"},
      {"frame", [](Records& r) { r.functions[1].frame_bytes = 65537; }, "frame of"},
      {"registers", [](Records& r) { r.functions[1].saved_regs = 0x40; }, "registers 0x40"},
      {"function name", [](Records& r) { r.functions[1].name.size = 1U << 20; }, "pool"},
      {"index type", [](Records& r) { r.tables[0].address = 0x7d; }, "index type 0x7d"},
      {"element type", [](Records& r) { r.tables[0].element = kI32; }, "element type"},
      {"initial above capacity", [](Records& r) { r.tables[0].initial = 513; }, "capacity 512"},
      {"initial above maximum", [](Records& r) { r.tables[2].initial = 11; }, "11 to 10"},
      {"externref with window", [](Records& r) { r.tables[2].capacity = 1; }, "without a window"},
      {"window alignment", [](Records& r) { r.tables[1].window_offset -= 8; }, "window of"},
      {"window end", [](Records& r) { r.tables[0].window_offset += kPage; }, "window of 4096"},
      {"window start",
       [](Records& r) { r.tables[0].window_offset = vmabi::kTableWindowsStart - kPage; }, "window"},
      {"window at the end of numbers",
       [](Records& r) {
         r.tables[0].window_offset = std::numeric_limits<std::int64_t>::max() - (kPage - 1);
       },
       "window"},
      {"capacity", [](Records& r) { r.tables[0].capacity = (1U << 24) + 1; }, "capacity"},
      {"largest capacity", [](Records& r) { r.tables[0].capacity = 1U << 24; }, "window of"},
      {"windows overlap", [](Records& r) { r.tables[1].capacity = 1025; }, "window"},
      {"windows overlap by one page",
       [](Records& r) { r.tables[1].window_offset = vmabi::kTableWindowsEnd - 2 * kPage; },
       "overlaps that of table"},
      {"too many tables", [](Records& r) { r.tables.insert(r.tables.end(), 62, r.tables[2]); },
       "65 tables"},
      {"memory", [](Records& r) { r.memories[0].initial = 65537; }, "65537 to"},
      {"memory address", [](Records& r) { r.memories[0].address = 0; }, "address type 0"},
      {"memory bits", [](Records& r) { r.memories[0].address_bits = 33; }, "33 bits"},
      {"memory base", [](Records& r) { r.memories[0].base = 8; }, "starts at 0x8, not at 0"},
      {"memories", [](Records& r) { r.memories.push_back(r.memories[0]); }, "2 memories"},
      {"memory maximum", [](Records& r) { r.memories[0].declared_max = 0; }, "1 to 0"},
      {"shared", [](Records& r) { r.memories[0].shared = 2; }, "shared 2"},
      {"global type", [](Records& r) { r.globals[1].value = 0x17f; }, "value type 0x17f"},
      {"global word", [](Records& r) { r.globals[1].first_word = 4; }, "word 4, the module has 4"},
      {"global of two words", [](Records& r) { r.globals[3].first_word = 3; }, "word 3"},
      {"mutable constant", [](Records& r) { r.globals[1].first_word = kNoIndex; }, "word"},
      {"initial value too wide", [](Records& r) { r.globals[2].init = number(1ULL << 32); },
       "does not fit"},
      {"forged reference", [](Records& r) { r.globals[4].init = number(1); }, "does not fit"},
      {"initial value of itself", [](Records& r) { r.globals[2].init.index = 2; }, "from global 2"},
      {"initial value of another type", [](Records& r) { r.globals[1].init = r.globals[2].init; },
       "from global 0"},
      {"initial value's kind", [](Records& r) { r.globals[1].init.kind = 5; }, "unknown kind 5"},
      {"too many steps", [](Records& r) { r.elems[0].offset.low = 4; }, "4 steps from 0"},
      {"step's kind", [](Records& r) { r.const_steps[0].op = 9; }, "unknown kind 9"},
      {"step's operand", [](Records& r) { r.const_steps[1].op = 3; }, "different types"},
      {"steps of another type", [](Records& r) { r.const_steps[2].op = 6; }, "different types"},
      {"steps left", [](Records& r) { r.elems[0].offset.low = 2; }, "leave 2 values"},
      {"step's global", [](Records& r) { r.const_steps[0] = {2, 9, 0}; }, "reads global 9"},
      {"null number", [](Records& r) { r.globals[1].init = of_kind(vmabi::ConstKind::kNull, 0); },
       "null"},
      {"function", [](Records& r) { r.globals[4].init.index = 2; }, "is function 2"},
      {"import index", [](Records& r) { r.imports[0].index = 1; }, "index 1 of kind 0"},
      {"import kind", [](Records& r) { r.imports[0].kind = 5; }, "kind 5"},
      {"import without a tag", [](Records& r) { r.imports[0].kind = 4; }, "kind 4"},
      {"tag's type", [](Records& r) { r.tags = {{2}}; }, "type 2"},
      {"tag with results",
       [](Records& r) {
         r.types[1].results = r.types[1].params;
         const std::array<std::uint8_t, 1> one{kI32};
         r.types[1].id = vmabi::type_id(one, one);
         r.tags = {{1}};
       },
       "type 1"},
      {"import without a table",
       [](Records& r) {
         r.imports.push_back({.kind = 2, .index = 0, .module = {}, .name = {}});
         r.imports.push_back({.kind = 2, .index = 1, .module = {}, .name = {}});
       },
       "index 1 of kind 2"},
      {"import name", [](Records& r) { r.imports[0].name.offset = 0xffffffff; }, "pool"},
      {"export index", [](Records& r) { r.exports[1].index = 1; }, "index 1 of kind 2"},
      {"export kind", [](Records& r) { r.exports[1].kind = 4; }, "kind 4"},
      {"export without entry", [](Records& r) { r.exports[0].index = 0; }, "no entry"},
      {"export name", [](Records& r) { r.exports[0].name.size = 1U << 30; }, "pool"},
      {"segment mode", [](Records& r) { r.elems[0].mode = 3; }, "mode 3"},
      {"segment type", [](Records& r) { r.elems[0].element = kI32; }, "element type"},
      {"segment items", [](Records& r) { r.elems[1].num_items = 2; }, "2 items from 2"},
      {"segment items that wrap", [](Records& r) { r.elems[1].num_items = 0xffffffff; }, "items"},
      {"shared items", [](Records& r) { r.elems[1].first_item = 1; }, "the next are 2 to 3"},
      {"segment table", [](Records& r) { r.elems[0].table = 3; }, "table 3"},
      {"segment for another table", [](Records& r) { r.elems[0].table = 2; }, "table 2"},
      {"segment offset", [](Records& r) { r.elems[0].offset = number(1ULL << 32); }, "fit"},
      {"segment item", [](Records& r) { r.elem_items[0].index = 2; }, "is function 2"},
      {"item of another type", [](Records& r) { r.elem_items[2].index = 0; }, "from global 0"},
      {"data mode", [](Records& r) { r.data[0].mode = 2; }, "mode 2"},
      {"data memory", [](Records& r) { r.data[0].memory = 1; }, "memory 1"},
      {"data bytes", [](Records& r) { r.data[1].bytes.size = 1U << 20; }, "pool"},
      {"data offset", [](Records& r) { r.data[0].offset.index = 1; }, "from global 1"},
      {"call site", [](Records& r) { r.call_sites[1].return_offset = 65; }, "offset 65"},
      {"call sites' order", [](Records& r) { r.call_sites[1].return_offset = 21; },
       "offset 21 behind 21"},
      {"call site's function", [](Records& r) { r.call_sites[0].function = 2; }, "function 2"},
      {"call site's frame", [](Records& r) { r.call_sites[0].frame_bytes = 7; }, "frame of 7"},
      {"call site's large frame", [](Records& r) { r.call_sites[0].frame_bytes = 65544; },
       "frame of"},
      {"landing pad", [](Records& r) { r.call_sites[1].landing_pad = 64; }, "landing pad 64"},
      {"trap", [](Records& r) { r.traps[1].offset = 64; }, "offset 64"},
      {"traps' order", [](Records& r) { r.traps[1].offset = 0; }, "offset 0 behind 0"},
      {"trap code", [](Records& r) { r.traps[0].code = 128; }, "trap code 128"},
      {"fs site", [](Records& r) { r.fs_sites[2] = 61; }, "offset 61"},
      {"fs site that wraps", [](Records& r) { r.fs_sites[2] = 0xfffffffe; }, "offset"},
      {"fs sites overlap", [](Records& r) { r.fs_sites[1] = 7; }, "offset 7 behind 8"},
      {"key", [](Records& r) { r.key.pop_back(); }, "31 bytes, expected 32"},
  };
  for (const BadCase& bad : cases) {
    Records records;
    bad.change(records);
    EXPECT_THAT(refusal(records.bytes()), HasSubstr(bad.message)) << bad.what;
  }
}

TEST(Object, RefusesSectionsThatHoldNoWholeRecords) {
  Records records;
  (void)records.bytes();
  records.builder.set_bytes(vmabi::kSectionTypes, std::vector<std::byte>(13));
  EXPECT_EQ(refusal(records.builder.build()), "section .lind.types has 13 bytes, records have 24");
}

TEST(Object, RefusesFilesWithoutAHeaderOrText) {
  for (const char* name : {vmabi::kSectionHeader, vmabi::kSectionText, vmabi::kSectionKey}) {
    Records records;
    (void)records.bytes();
    records.builder.remove(name);
    EXPECT_THAT(refusal(records.builder.build()), HasSubstr(name));
  }
}

TEST(Object, RefusesWhatIsNoElfFile) {
  EXPECT_THAT(refusal({}), HasSubstr("not an object"));
  EXPECT_THAT(refusal(std::vector<std::byte>(4096)), HasSubstr("no ELF magic"));
}

/// Touches everything that users index without a check.
std::size_t use(const Object& object) {
  std::size_t sum = 0;
  for (const auto& type : object.types()) {
    for (const std::byte kind : object.bytes(type.params))
      sum += std::to_integer<std::size_t>(kind);
  }
  for (const auto& item : object.imports())
    sum += object.text(item.name).size();
  for (const auto& function : object.functions()) {
    sum += object.types()[function.type].id + object.text(function.name).size();
  }
  for (const auto& item : object.data()) {
    for (const std::byte byte : object.bytes(item.bytes))
      sum += std::to_integer<std::size_t>(byte);
  }
  return sum;
}

TEST(Object, SurvivesEveryTruncation) {
  Records records;
  const std::vector<std::byte> good = records.bytes();
  for (std::size_t size = 0; size < good.size(); ++size) {
    // An exact allocation, so that sanitizers see a byte too far.
    const std::vector<std::byte> cut(good.begin(),
                                     good.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(Object::parse(cut).ok()) << size;
  }
}

TEST(Object, SurvivesEveryChangeOfOneByte) {
  Records records;
  const std::vector<std::byte> good = records.bytes();
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const unsigned value : {0U, 1U, 0x7fU, 0x80U, 0xfeU, 0xffU, 0x20U}) {
      std::vector<std::byte> changed = good;
      changed[at] ^= std::byte{static_cast<unsigned char>(value)};
      const ErrorOr<Object> object = Object::parse(changed);
      if (object.ok()) accepted += use(object.value()) != 0 ? 1U : 0U;
    }
  }
  // Changes of code, names and unused header fields are no business of this reader.
  EXPECT_GT(accepted, good.size());
  EXPECT_LT(accepted, good.size() * 5);
}

}  // namespace
}  // namespace lind::object
