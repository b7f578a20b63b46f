#include "compiled.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <gtest/gtest.h>

#include "wasm/decode.h"
#include "wasm/validate.h"

namespace lind::testing {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<std::byte> assemble(std::string_view text) {
  std::string directory = ::testing::TempDir() + "lind-codegen-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return {};
  const std::string wat = directory + "/module.wat";
  const std::string wasm = directory + "/module.wasm";
  std::ofstream(wat) << text;
  const std::string command =
      std::string(LIND_WAT2WASM) +
      " --enable-threads --enable-tail-call --enable-relaxed-simd --debug-names -o " + wasm + " " +
      wat;
  EXPECT_EQ(std::system(command.c_str()), 0) << text;  // NOLINT: a fixed command in a test
  const std::string module = read_text(wasm);
  std::filesystem::remove_all(directory);
  const auto bytes = std::as_bytes(std::span(module));
  return {bytes.begin(), bytes.end()};
}

std::string read_wat(const std::string& name) {
  return read_text(std::string(LIND_WAT_DIR) + "/" + name);
}

ErrorOr<std::vector<std::byte>> compile_binary(std::span<const std::byte> bytes,
                                               const codegen::CompileOptions& options) {
  const wasm::Module module = LIND_TRY(wasm::decode_module(bytes, wasm::Features{}));
  LIND_TRY(wasm::validate(module));
  return codegen::compile_module(module, options);
}

ErrorOr<std::vector<std::byte>> compile(std::string_view text,
                                        const codegen::CompileOptions& options) {
  return compile_binary(assemble(text), options);
}

const vmabi::FunctionRecord& Compiled::function(std::string_view name) const {
  for (const vmabi::ExportRecord& item : object.exports()) {
    if (object.text(item.name) == name) return object.functions()[item.index];
  }
  ADD_FAILURE() << "no export " << name;
  return object.functions()[0];
}

Compiled compile_ok(std::string_view text, const codegen::CompileOptions& options) {
  ErrorOr<std::vector<std::byte>> bytes = compile(text, options);
  EXPECT_TRUE(bytes.ok()) << bytes.error().message();
  ErrorOr<object::Object> object = object::Object::parse(bytes.value());
  EXPECT_TRUE(object.ok()) << object.error().message();
  return {std::move(bytes).value(), std::move(object).value()};
}

}  // namespace lind::testing
