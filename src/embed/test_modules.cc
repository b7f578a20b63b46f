#include "test_modules.h"

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "base/check.h"

namespace lind::embed {
namespace {

/// A directory that goes with the test program.
class Folder {
 public:
  Folder() : path_(testing::TempDir() + "lind-embed-XXXXXX") {
    LIND_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() {
    std::error_code error;  // nobody is left to hear of it
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

const Folder& folder() {
  static const Folder made;
  return made;
}

}  // namespace

std::vector<std::byte> assemble(std::string_view wat) {
  const std::string text = folder().path() + "/m.wat";
  const std::string binary = folder().path() + "/m.wasm";
  std::ofstream(text) << wat;
  const std::string command =
      "wat2wasm --enable-threads --enable-multi-memory -o " + binary + " " + text;
  LIND_CHECK(std::system(command.c_str()) == 0);
  std::ifstream file(binary, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto span = std::as_bytes(std::span(bytes));
  return {span.begin(), span.end()};
}

std::string test_compiler() {
  const char* const other = std::getenv("LINDC");
  return other == nullptr ? LIND_COMPILER : other;
}

std::string test_cache() {
  return folder().path() + "/cache";
}

const Engine& test_engine() {
  static const Engine engine = Engine::create({.compiler = test_compiler(),
                                               .cache = Engine::Cache::kDirectory,
                                               .cache_directory = test_cache()})
                                   .value();
  return engine;
}

Module compile(std::string_view wat) {
  return test_engine().compile(assemble(wat)).value();
}

}  // namespace lind::embed
