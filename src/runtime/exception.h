/// \file
/// Exceptions of guests, as the host holds them.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace lind::runtime {

/// What exceptions are told apart by.  Two instances share a tag if they hold the same object.
struct Tag {
  std::uint32_t num_words = 0;  ///< of a payload; a v128 has two
};

/// Requires: payload.size() is tag->num_words.
struct Exception {
  std::shared_ptr<const Tag> tag;
  std::vector<std::uint64_t> payload;  ///< as call_import finds arguments
};

}  // namespace lind::runtime
