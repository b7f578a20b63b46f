// Parts of the library that use exceptions, RTTI, files and locales.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <locale>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <typeinfo>
#include <variant>

struct Shape {
  virtual ~Shape() = default;
};
struct Circle : Shape {};

int main() {
  namespace fs = std::filesystem;
  fs::create_directories("a/b");
  std::ofstream("a/b/file") << "one\ntwo\n";
  for (const auto& entry : fs::recursive_directory_iterator("a"))
    std::cout << entry.path().string() << '\n';
  std::cout << fs::file_size("a/b/file") << '\n';
  try {
    (void)fs::file_size("missing");
  } catch (const fs::filesystem_error& error) {
    std::cout << error.code().value() << ' ' << error.path1().string() << '\n';
  }
  std::ifstream missing;
  missing.exceptions(std::ios::failbit);
  try {
    missing.open("missing");
  } catch (const std::ios_base::failure&) {
    std::cout << "ios failure\n";
  }
  try {
    (void)std::stoi("no number");
  } catch (const std::invalid_argument&) {
    std::cout << "stoi\n";
  }
  try {
    (void)std::get<int>(std::variant<int, double>(1.5));
  } catch (const std::bad_variant_access&) {
    std::cout << "variant\n";
  }
  try {
    std::function<void()>()();
  } catch (const std::bad_function_call&) {
    std::cout << "function\n";
  }
  try {
    (void)std::regex("(");
  } catch (const std::regex_error&) {
    std::cout << "regex\n";
  }
  try {
    (void)std::locale("no_SUCH");
  } catch (const std::runtime_error&) {
    std::cout << "locale\n";
  }
  const std::unique_ptr<Shape> shape = std::make_unique<Circle>();
  std::cout << (typeid(*shape) == typeid(Circle)) << (dynamic_cast<Circle*>(shape.get()) != nullptr)
            << '\n';
  std::ostringstream text;
  text << std::boolalpha << true << ' ' << 3.25 << ' ' << std::hex << 255;
  std::cout << text.str() << '\n';
  std::map<std::string, int> map{{"x", 1}};
  try {
    map.at("y");
  } catch (const std::out_of_range&) {
    std::cout << "map\n";
  }
  fs::remove_all("a");
  std::cout << fs::exists("a") << '\n';
}
