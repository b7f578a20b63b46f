/// \file
/// Bytes that are filled right after they were allocated.

#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/check.h"

namespace lind {

/// Like std::vector<std::byte> of a fixed capacity, but the content starts out undefined: zeroes
/// that a read overwrites are a measurable part of a short program's start.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}

  std::byte* data() noexcept { return bytes_.get(); }
  const std::byte* data() const noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::span<std::byte> bytes() noexcept { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }
  operator std::span<const std::byte>() const noexcept { return bytes(); }

  /// Forgets what lies behind `size`.  Requires: size <= size().
  void shorten(std::size_t size) {
    LIND_CHECK(size <= size_);
    size_ = size;
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace lind
