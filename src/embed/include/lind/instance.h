/// \file
/// A module with a memory, globals and tables of its own, and calls into it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <lind/api.h>
#include <lind/error.h>
#include <lind/imports.h>
#include <lind/memory.h>
#include <lind/module.h>
#include <lind/value.h>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace lind::embed {

/// What an instance may take.  A module that wants more from the start is refused; growing beyond
/// fails, as WebAssembly has it.
struct Limits {
  std::uint64_t max_memory_bytes = std::uint64_t{1} << 32;
  std::uint32_t max_table_entries = 10'000'000;
};

namespace detail {

/// An exported function, found.
struct FoundFunction {
  std::shared_ptr<InstanceState> state;
  std::uint64_t generation = 0;  ///< which of the instances that the state has been
  std::uint64_t entry = 0;       ///< where the host enters its code
};

LIND_API Result<FoundFunction> find_function(InstanceState& state, std::string_view name,
                                             const FunctionType& type);
/// Calls it: arguments come in `words`, results go there.
LIND_API Result<void> call_function(const FoundFunction& function, std::uint64_t* words,
                                    std::size_t num_params, std::size_t num_results);

}  // namespace detail

template <typename Signature>
class Function;

/// An exported function, as one of C++.  R is void, a value or a std::tuple of values.
///
/// Ownership: keeps what it needs to answer kState when the instance has gone.
/// Threading: as the instance.
template <typename R, typename... A>
class Function<R(A...)> {
 public:
  /// Errors: kTrap, kInterrupted, kState, and what a host function has returned.
  Result<R> operator()(A... arguments) const {
    using Params = detail::Values<A...>;
    using Returned = typename detail::Results<R>::List;
    constexpr std::size_t kWords =
        Params::kWords > Returned::kWords ? Params::kWords : Returned::kWords;
    std::array<std::uint64_t, kWords + 1> words;
    Params::store(words.data(), arguments...);
    Result<void> done =
        detail::call_function(found_, words.data(), Params::kWords, Returned::kWords);
    if constexpr (std::is_void_v<R>) {
      return done;
    } else {
      if (!done.ok()) return done.error();
      return detail::Results<R>::load(words.data());
    }
  }

  /// For find only.
  explicit Function(detail::FoundFunction found) noexcept : found_(std::move(found)) {}
  static Result<Function> find(detail::InstanceState& state, std::string_view name) {
    Result<detail::FoundFunction> found = detail::find_function(
        state, name, {detail::Values<A...>::types(), detail::Results<R>::List::types()});
    if (!found.ok()) return found.error();
    return Function(std::move(found).value());
  }

 private:
  detail::FoundFunction found_;
};

template <typename Signature>
Result<Function<Signature>> Caller::function(std::string_view name) const {
  return Function<Signature>::find(state_, name);
}

/// Ends the call that runs in an instance.  Outlives the instance; then it does nothing.
///
/// Threading: any.
class LIND_API Interrupter {
 public:
  /// The call in progress ends with kInterrupted: guest code and its atomic waits at once, a host
  /// function when it returns.  Calls that begin later are not affected.
  /// Returns whether a call was in progress.
  bool interrupt() const noexcept;

 private:
  friend class Instance;
  Interrupter(std::weak_ptr<detail::InstanceState> state, std::uint64_t generation) noexcept
      : state_(std::move(state)), generation_(generation) {}
  std::weak_ptr<detail::InstanceState> state_;
  std::uint64_t generation_;
};

/// An instance.
///
/// Ownership: the handle's.  Destroying it while a call runs (in a host function) ends that call,
///   with kState, when the host function returns.
/// Threading: one thread at a time, any; a call while another thread is inside answers kState.
///   A host function may call back into its instance or into others.
class LIND_API Instance {
 public:
  /// Links, makes memory and tables, applies segments, runs the start function.
  /// Errors: kImport, kLimit, kTrap (a segment out of bounds, or the start function's), kState
  /// (a POSIX program), kHost; and what the start function's host functions return.
  static Result<Instance> create(const Module& module, const Imports& imports = {},
                                 const Limits& limits = {});
  Instance(Instance&&) noexcept = default;
  Instance& operator=(Instance&& other) noexcept;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  /// An exported function: `instance.function<std::int32_t(std::int32_t, double)>("name")`.
  /// Errors: kExport (none of that name, or of another type; the message has both types).
  template <typename Signature>
  Result<Function<Signature>> function(std::string_view name) const {
    return Function<Signature>::find(*state_, name);
  }
  /// Calls an exported function by name with values.  Errors: as Function, and kExport.
  Result<std::vector<Value>> call(std::string_view name, std::span<const Value> arguments = {});

  /// The exported memory `name`.  Errors: kExport (none, or not the first memory of the module).
  Result<Memory> memory(std::string_view name = "memory") const;
  /// The value of an exported global.  Errors: kExport.
  Result<Value> global(std::string_view name) const;
  /// Errors: kExport (none, another type, immutable).
  Result<void> set_global(std::string_view name, const Value& value);
  /// Entries of an exported table now.  Errors: kExport.
  Result<std::uint64_t> table_size(std::string_view name) const;

  Interrupter interrupter() const noexcept;

  /// For the host functions of this instance; not owned.
  void set_user_data(void* data) noexcept;

 private:
  friend class InstancePool;
  explicit Instance(std::shared_ptr<detail::InstanceState> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<detail::InstanceState> state_;  ///< null when moved from
};

}  // namespace lind::embed
