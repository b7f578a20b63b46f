/// \file
/// Engines and modules for tests.

#pragma once

#include <cstddef>
#include <lind/lind.h>
#include <string>
#include <string_view>
#include <vector>

namespace lind::embed {

/// The binary form of a module in text, made by wabt's wat2wasm.  Ends the test program if it
/// refuses.
std::vector<std::byte> assemble(std::string_view wat);

/// One engine with the compiler of this build and a cache that is removed at the end.
const Engine& test_engine();

/// The lindc to test with: $LINDC, or that of this build.
std::string test_compiler();

/// Where the engine keeps its cache.
std::string test_cache();

/// compile(assemble(wat)); ends the test program if that fails.
Module compile(std::string_view wat);

}  // namespace lind::embed
