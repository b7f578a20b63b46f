// Compiles a module, gives it a function, calls one of its own.
//
//     hello MODULE.wasm

#include <cstdio>
#include <fstream>
#include <iterator>
#include <lind/lind.h>
#include <span>
#include <string>
#include <vector>

namespace embed = lind::embed;

namespace {

std::vector<char> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int fail(const embed::Error& error) {
  std::fprintf(stderr, "hello: %s\n", error.message().c_str());
  for (const std::string& function : error.backtrace())
    std::fprintf(stderr, "  in %s\n", function.c_str());
  return 1;
}

// print(address, length): a string in the module's memory.  What it names is checked by
// read_string.
embed::Result<void> print(embed::Caller& caller, std::uint32_t address, std::uint32_t length) {
  const embed::Result<std::string> text = caller.memory().read_string(address, length);
  if (!text.ok()) return text.error();
  std::printf("%s\n", text->c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const embed::Result<embed::Engine> engine = embed::Engine::create();
  if (!engine.ok()) return fail(engine.error());
  const std::vector<char> bytes = read_file(argv[1]);
  const embed::Result<embed::Module> module = engine->compile(std::as_bytes(std::span(bytes)));
  if (!module.ok()) return fail(module.error());

  embed::Imports imports;
  imports.function("host", "print", &print);
  const embed::Result<embed::Instance> instance = embed::Instance::create(*module, imports);
  if (!instance.ok()) return fail(instance.error());

  const auto greet = instance->function<void()>("greet");
  if (!greet.ok()) return fail(greet.error());
  const embed::Result<void> greeted = (*greet)();
  if (!greeted.ok()) return fail(greeted.error());

  const auto divide = instance->function<std::int32_t(std::int32_t, std::int32_t)>("divide");
  if (!divide.ok()) return fail(divide.error());
  std::printf("84 / 2 = %d\n", (*divide)(84, 2).value());
  std::printf("1 / 0: %s\n", (*divide)(1, 0).error().message().c_str());
  return 0;
}
