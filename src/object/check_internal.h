/// \file
/// Checks records of an object against each other.  TCB: see docs/tcb.md.

#pragma once

#include <cstdint>

#include "base/error.h"
#include "object/object.h"

namespace lind::object {

/// Everything that object.h promises about the records; sizes of sections are already right.
/// Errors: "section .lind.traps, record 3: offset 70 is not above that of the record before".
ErrorOr<void> check_records(const Object& object);

/// Bytes between a table's window_offset and its end: compiled code masks an index to the next
/// power of two of the capacity before it loads an entry.
std::uint64_t table_window_bytes(std::uint32_t capacity) noexcept;

}  // namespace lind::object
