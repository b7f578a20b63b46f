/// \file
/// The assembly routines that touch guest memory; see guest_copy.S.

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

/// All return 0, or 1 after a fault, when an unknown part of the destination is written.
int lind_copy_forward(void* dst, const void* src, std::size_t num_bytes) noexcept;
int lind_copy_backward(void* dst, const void* src, std::size_t num_bytes) noexcept;
int lind_copy_fill(void* dst, int value, std::size_t num_bytes) noexcept;
int lind_copy_load32(std::uint32_t* out, const std::uint32_t* word) noexcept;
int lind_copy_exchange32(std::uint32_t* word, std::uint32_t* expected,
                         std::uint32_t desired) noexcept;

}  // extern "C"
