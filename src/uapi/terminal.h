/// \file
/// Terminal structures; the kernel's own layout: asm-generic/termbits.h and termios.h, v6.1.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lind::uapi {

/// struct termios of TCGETS, not libc's.
struct Termios {
  std::uint32_t iflag = 0;
  std::uint32_t oflag = 0;
  std::uint32_t cflag = 0;
  std::uint32_t lflag = 0;
  std::uint8_t line = 0;
  std::array<std::uint8_t, 19> cc{};
};
static_assert(sizeof(Termios) == 36);
static_assert(offsetof(Termios, cc) == 17);

struct Winsize {
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
  std::uint16_t xpixel = 0;
  std::uint16_t ypixel = 0;
  bool operator==(const Winsize&) const = default;
};
static_assert(sizeof(Winsize) == 8);

}  // namespace lind::uapi
