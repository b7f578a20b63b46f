/// \file
/// A function that WASI programs import: its name, its type, and how it is called.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "rawposix/process.h"
#include "runtime/thread.h"
#include "vmabi/object_format.h"
#include "wasi/abi.h"
#include "wasi/linux_calls.h"
#include "wasi/pointer.h"

namespace lind::wasi {

class Program;

/// One call of a function.  Ownership: lives for the call.
struct Context {
  Program& program;
  rawposix::Process& process;
  runtime::Thread& thread;
  LinuxCalls linux{process, thread};
};

struct Function {
  std::string_view name;
  std::span<const vmabi::ValueKind> params;
  std::span<const vmabi::ValueKind> results;
  /// Arguments and results as runtime::Supervisor::call_import has them.
  void (*call)(Context& context, std::span<std::uint64_t> slots);
};

/// How an argument is made from a slot.
template <typename T>
struct FromSlot {
  static_assert(std::is_integral_v<T> && sizeof(T) >= 4);
  static constexpr auto kKind = sizeof(T) == 8 ? vmabi::ValueKind::kI64 : vmabi::ValueKind::kI32;
  static T convert(Context&, std::uint64_t slot) noexcept { return static_cast<T>(slot); }
};
template <typename T>
struct FromSlot<Ptr<T>> {
  static constexpr auto kKind = vmabi::ValueKind::kI32;
  static Ptr<T> convert(Context& context, std::uint64_t slot) noexcept {
    return {context.thread.instance().memory(), static_cast<std::uint32_t>(slot)};
  }
};

/// Bound<f> is the Function of `Answer f(Context&, Args...)`, whose result is an errno, of
/// `std::int32_t f(...)` or of `void f(...)`.
template <auto F>
struct Bound;
template <typename R, typename... Args, R (*F)(Context&, Args...)>
struct Bound<F> {
  static constexpr std::array<vmabi::ValueKind, sizeof...(Args)> kParams = {
      FromSlot<Args>::kKind...};
  static constexpr std::array<vmabi::ValueKind, std::is_void_v<R> ? 0 : 1> kResults = [] {
    std::array<vmabi::ValueKind, std::is_void_v<R> ? 0 : 1> results{};
    results.fill(vmabi::ValueKind::kI32);
    return results;
  }();

  static void call(Context& context, std::span<std::uint64_t> slots) {
    invoke(context, slots, std::index_sequence_for<Args...>{});
  }
  static constexpr Function named(std::string_view name) {
    return {.name = name, .params = kParams, .results = kResults, .call = call};
  }

 private:
  template <std::size_t... I>
  static void invoke(Context& context, std::span<std::uint64_t> slots, std::index_sequence<I...>) {
    if constexpr (std::is_void_v<R>) {
      F(context, FromSlot<Args>::convert(context, slots[I])...);
    } else if constexpr (std::is_same_v<R, Answer>) {
      const Answer answer = F(context, FromSlot<Args>::convert(context, slots[I])...);
      slots[0] = answer.ok() ? 0 : static_cast<std::uint64_t>(answer.error());
    } else {
      static_assert(std::is_same_v<R, std::int32_t>);
      slots[0] =
          static_cast<std::uint32_t>(F(context, FromSlot<Args>::convert(context, slots[I])...));
    }
  }
};

/// The functions of one import module.
struct ImportModule {
  std::string_view name;
  std::span<const Function> functions;
};

/// All of them.
std::span<const ImportModule> import_modules() noexcept;

}  // namespace lind::wasi
