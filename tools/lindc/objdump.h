/// \file
/// `lind objdump`: what is in a compiled object, for people.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace lind::objdump {

struct Options {
  bool records = false;      ///< the sections' records
  bool disassembly = false;  ///< the code
  /// Functions to show, by name or as "func[INDEX]"; empty for all.
  std::vector<std::string> functions;
};

/// Text that describes `object`, a file that the object reader accepts.
/// Errors: what the reader refuses; a function that is not there.
ErrorOr<std::string> describe(std::span<const std::byte> object, const Options& options);

}  // namespace lind::objdump
