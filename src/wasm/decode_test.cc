#include "wasm/decode.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/limits.h"
#include "wasm/test_module_internal.h"

namespace lind::wasm {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;
using testing::as_bytes;
using testing::bytes;
using testing::header;
using testing::leb;
using testing::module_with;
using testing::section;
using testing::sized;

ErrorOr<Module> decode(const std::string& text, const Features& features = {}) {
  return decode_module(as_bytes(text), features);
}

std::string error_of(const std::string& text, const Features& features = {}) {
  const ErrorOr<Module> module = decode(text, features);
  return module.ok() ? "accepted" : module.error().message();
}

TEST(DecodeModule, RefusesWhatIsNoModule) {
  EXPECT_EQ(error_of(""), "unexpected end: 4 bytes wanted at offset 0, 0 are left");
  EXPECT_EQ(error_of("\x7f"
                     "ELF\1\1\1\1"s),
            "not a WebAssembly module: it does not start with \\0asm");
  EXPECT_EQ(error_of(bytes("\0asm\2\0\0\0")), "WebAssembly version 2 is unknown, 1 expected");
}

TEST(DecodeModule, TakesTheEmptyModule) {
  const std::string text = header();
  EXPECT_TRUE(decode(text).value().functions.empty());
}

TEST(DecodeModule, RefusesEveryPrefixExceptBehindHeaderAndTypes) {
  const std::string text = module_with(bytes("\2\x7f\x7f\1\x7f"), bytes("\0\x20\0\x20\1\x6a\x0b"));
  ASSERT_TRUE(decode(text).ok());
  std::vector<std::size_t> accepted;
  for (std::size_t size = 0; size < text.size(); ++size) {
    if (decode(text.substr(0, size)).ok()) accepted.push_back(size);
  }
  EXPECT_THAT(accepted, ::testing::ElementsAre(8U, 17U));
}

TEST(DecodeModule, SaysWhereASectionEnds) {
  EXPECT_EQ(error_of(header() + bytes("\x0a\x88\x20")),
            "section 10 ends at 4115, file has 11 bytes");
  EXPECT_EQ(error_of(header() + bytes("\x01\x02\0\0")),
            "section 1 has 1 bytes behind its content at offset 11");
  EXPECT_EQ(error_of(header() + bytes("\x0e\0")), "unknown section 14 at offset 8");
}

TEST(DecodeModule, WantsSectionsOnceAndInOrder) {
  const std::string types = section(1, bytes("\0"));
  const std::string data_count = section(12, bytes("\0"));
  const std::string code = section(10, bytes("\0"));
  const std::string data = section(11, bytes("\0"));
  const std::string custom = section(0, sized("x"));
  EXPECT_EQ(error_of(header() + types + types),
            "section 1 at offset 11 is out of order or there twice");
  EXPECT_EQ(error_of(header() + code + types),
            "section 1 at offset 11 is out of order or there twice");
  EXPECT_EQ(error_of(header() + code + data_count),
            "section 12 at offset 11 is out of order or there twice");
  EXPECT_EQ(error_of(header() + custom + types + custom + data_count + code + data + custom),
            "accepted");
}

TEST(DecodeModule, WantsAsManyBodiesAsFunctions) {
  const std::string types = section(1, bytes("\1\x60\0\0"));
  const std::string function = section(3, bytes("\1\0"));
  const std::string body = section(10, bytes("\1\2\0\x0b"));
  EXPECT_EQ(error_of(header() + types + function + body), "accepted");
  EXPECT_EQ(error_of(header() + types + function), "1 functions are declared, 0 have a body");
  EXPECT_EQ(error_of(header() + types + body), "function body at offset 17 has no declaration");
}

TEST(DecodeModule, WantsAsManyDataSegmentsAsAnnounced) {
  EXPECT_EQ(error_of(header() + section(12, bytes("\1"))),
            "1 data segments are announced, 0 are there");
  EXPECT_EQ(error_of(header() + section(12, bytes("\1")) + section(11, bytes("\1\1\0"))),
            "accepted");
}

TEST(DecodeModule, CutsOutBodiesAndLocals) {
  const std::string text = module_with(bytes("\0\0"), bytes("\2\3\x7f\1\x7b\1\x0b"));
  const Module module = decode(text).value();
  ASSERT_EQ(module.functions.size(), 1U);
  const Function& function = module.functions[0];
  ASSERT_EQ(function.locals.size(), 2U);
  EXPECT_EQ(function.locals[0].count, 3U);
  EXPECT_EQ(function.locals[1].type, ValueType::kV128);
  EXPECT_EQ(function.body.size(), 2U);
  EXPECT_EQ(static_cast<char>(text[function.body_offset]), 1);
}

TEST(DecodeModule, LimitsLocalsHoweverTheyAreDeclared) {
  const auto with_locals = [](std::uint64_t first, std::uint64_t second) {
    return module_with(bytes("\0\0"),
                       bytes("\2") + leb(first) + "\x7f" + leb(second) + "\x7e" + "\x0b");
  };
  EXPECT_EQ(error_of(with_locals(kMaxLocals - 1, 1)), "accepted");
  EXPECT_THAT(error_of(with_locals(kMaxLocals, 1)), HasSubstr("50001 or more locals"));
  EXPECT_THAT(error_of(with_locals(0xffffffff, 1)), HasSubstr("or more locals"));
}

TEST(DecodeModule, LimitsParametersAndResults) {
  const auto with_params = [](std::size_t count) {
    return header() + section(1, bytes("\1\x60") + sized(std::string(count, '\x7f')) + '\0');
  };
  EXPECT_EQ(error_of(with_params(kMaxParams)), "accepted");
  EXPECT_EQ(error_of(with_params(kMaxParams + 1)),
            "1001 parameters at offset 13, the limit is 1000");
}

TEST(DecodeModule, PutsImportsFirstInEachIndexSpace) {
  const std::string imports = bytes("\4\1m\1f\0\0\1m\1t\1\x70\0\1\1m\1m\2\1\1\2\1m\1g\3\x7f\1");
  const std::string text = header() + section(1, bytes("\1\x60\0\0")) + section(2, imports) +
                           section(3, bytes("\1\0")) + section(10, bytes("\1\2\0\x0b"));
  const Module module = decode(text).value();
  EXPECT_EQ(module.num_imported_functions, 1U);
  EXPECT_EQ(module.functions.size(), 2U);
  EXPECT_TRUE(module.functions[0].body.empty());
  EXPECT_EQ(module.functions[1].body.size(), 1U);
  EXPECT_EQ(module.num_imported_tables, 1U);
  EXPECT_EQ(module.tables[0].type.limits.min, 1U);
  EXPECT_EQ(module.memories[0].type.limits.max, 2U);
  EXPECT_TRUE(module.globals[0].type.is_mutable);
  ASSERT_EQ(module.imports.size(), 4U);
  EXPECT_EQ(module.imports[3].name, "g");
  EXPECT_EQ(module.imports[3].kind, ExternKind::kGlobal);
}

TEST(DecodeModule, TakesSharedMemoriesOnlyWithThreads) {
  const std::string text = header() + section(5, bytes("\1\3\1\2"));
  EXPECT_TRUE(decode(text).value().memories[0].type.is_shared);
  EXPECT_EQ(error_of(text, Features::core()), "unknown flags 3 of a memory at offset 11");
}

TEST(DecodeModule, ReadsAllFormsOfElementSegments) {
  const std::string offset = bytes("\x41\7\x0b");
  const std::string item = bytes("\xd2\0\x0b");
  const std::string null = bytes("\xd0\x6f\x0b");
  const std::string text =
      header() +
      section(9, bytes("\x08") + bytes("\0") + offset + bytes("\1\0") + bytes("\1\0\1\0") +
                     bytes("\2\5") + offset + bytes("\0\0") + bytes("\3\0\1\0") + bytes("\4") +
                     offset + bytes("\1") + item + bytes("\5\x6f\1") + null + bytes("\6\5") +
                     offset + bytes("\x70\0") + bytes("\7\x70\1") + item);
  const Module module = decode(text).value();
  ASSERT_EQ(module.elements.size(), 8U);
  EXPECT_EQ(module.elements[0].mode, SegmentMode::kActive);
  EXPECT_EQ(module.elements[0].offset.low, 7U);
  EXPECT_EQ(module.elements[1].mode, SegmentMode::kPassive);
  EXPECT_EQ(module.elements[2].table, 5U);
  EXPECT_EQ(module.elements[3].mode, SegmentMode::kDeclared);
  EXPECT_EQ(module.elements[4].items[0].kind, ConstExpr::Kind::kFunction);
  EXPECT_EQ(module.elements[5].items[0].kind, ConstExpr::Kind::kNull);
  EXPECT_EQ(module.elements[5].type, ValueType::kExternRef);
  EXPECT_EQ(module.elements[6].table, 5U);
  EXPECT_EQ(module.elements[7].mode, SegmentMode::kDeclared);
}

TEST(DecodeModule, WantsOneConstantInstruction) {
  const auto with_global = [](const std::string& expr) {
    return header() + section(6, bytes("\1\x7f\0") + expr);
  };
  EXPECT_EQ(error_of(with_global(bytes("\x41\1\x0b"))), "accepted");
  EXPECT_EQ(error_of(with_global(bytes("\x0b"))),
            "constant expression required at offset 13, found end");
  const auto without = [&](const std::string& expr) {
    return error_of(with_global(expr), {.extended_const = false});
  };
  EXPECT_EQ(without(bytes("\x41\1\x41\1\x0b")),
            "constant expression must end at offset 15, found i32.const");
}

TEST(DecodeModule, KeepsTheStepsOfAConstantExpression) {
  const auto with_global = [](const std::string& expr) {
    return header() + section(6, bytes("\1\x7f\0") + expr);
  };
  const std::string text = with_global(bytes("\x41\3\x41\4\x6c\x0b"));
  const Module module = decode(text).value();
  EXPECT_EQ(module.globals[0].init.kind, ConstExpr::Kind::kSteps);
  EXPECT_EQ(module.globals[0].init.low, 3U);
  ASSERT_EQ(module.const_steps.size(), 3U);
  EXPECT_EQ(module.const_steps[2].opcode, Opcode::kI32Mul);
  EXPECT_EQ(error_of(with_global(bytes("\x41\3\x41\4\x6d\x0b"))),
            "constant expression required at offset 17, found i32.div_s");
  std::string many = bytes("\x41\0");
  for (int i = 0; i < 500; ++i)
    many += bytes("\x41\0\x6a");
  EXPECT_EQ(error_of(with_global(many + "\x0b")),
            "constant expression of more than 1000 instructions at offset 1515");
}

TEST(DecodeModule, NamesFunctionsAndForgivesBrokenNames) {
  const auto with_names = [](const std::string& names) {
    return module_with(bytes("\0\0"), bytes("\0\x0b"), "", section(0, sized("name") + names));
  };
  const auto name_of = [&](const std::string& names) {
    const std::string text = with_names(names);
    return std::string(decode(text).value().functions.at(0).name);
  };
  EXPECT_EQ(name_of(section(1, bytes("\1\0\4main"))), "main");
  EXPECT_EQ(name_of(section(0, "ignored") + section(1, bytes("\2\0\4main\x09\1x"))), "main");
  EXPECT_EQ(name_of(section(1, bytes("\1\0\2\xff\xff"))), "");
  EXPECT_EQ(name_of(section(1, bytes("\2\0\4main"))), "main");
  EXPECT_EQ(name_of(bytes("\1\x7f")), "");
}

TEST(DecodeModule, KeepsCustomSectionsAsTheyAre) {
  const std::string text = header() + section(0, sized("dylink.0") + bytes("\1\2"));
  const Module module = decode(text).value();
  ASSERT_EQ(module.custom_sections.size(), 1U);
  EXPECT_EQ(module.custom_sections[0].name, "dylink.0");
  EXPECT_EQ(module.custom_sections[0].bytes.size(), 2U);
  EXPECT_THAT(error_of(header() + section(0, bytes("\2\xc3\x28"))), HasSubstr("is not UTF-8"));
}

}  // namespace
}  // namespace lind::wasm
