/// \file
/// A small hand-written program for tests; see test_guest.S.

#pragma once

#include <memory>
#include <string_view>

#include "runtime/instance.h"
#include "runtime/program.h"

namespace lind::runtime {

/// A Lind program with four pages of memory, __stack_pointer in global word 0 (0x20000 at first)
/// and a global in word 1.
std::shared_ptr<const Program> make_test_program();

}  // namespace lind::runtime
