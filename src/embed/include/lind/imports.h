/// \file
/// What the host gives to instances: functions, globals, memories and tables.

#pragma once

#include <functional>
#include <lind/api.h>
#include <lind/error.h>
#include <lind/memory.h>
#include <lind/value.h>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lind::embed {

class Imports;
template <typename Signature>
class Function;

/// The instance that has called a host function.  Valid during the call only.
class LIND_API Caller {
 public:
  /// Its memory.  Requires: it has one; a call of a method answers kState otherwise.
  Memory memory() const noexcept;
  /// What Instance::set_user_data has left there.
  void* user_data() const noexcept;
  /// Whether the call is to end as soon as the host function returns: somebody has called
  /// interrupt(), or destroyed the instance.  For host functions that take long.
  bool interrupted() const noexcept;
  /// An exported function, to call back.  Errors: kExport.
  template <typename Signature>
  Result<Function<Signature>> function(std::string_view name) const;

 private:
  friend class detail::InstanceState;
  explicit Caller(detail::InstanceState& state) noexcept : state_(state) {}
  detail::InstanceState& state_;
};

namespace detail {

/// A call of a host function.
struct HostCall {
  Caller& caller;
  std::optional<Error>& error;
};

/// What a host function looks like to the instance that calls it.
struct HostFunction {
  /// Takes arguments from `words` and leaves results there.  `call` is the HostCall.
  /// False: its `error` says why not.
  using Call = bool (*)(void* context, void* call, std::uint64_t* words) noexcept;
  FunctionType type;
  Call call = nullptr;
  std::shared_ptr<void> context;
};

template <typename T>
struct Unwrapped {
  using Type = T;
  static constexpr bool kMayFail = false;
};
template <typename T>
struct Unwrapped<Result<T>> {
  using Type = T;
  static constexpr bool kMayFail = true;
};

/// Takes a callable apart: F is its type, R what it returns, A its parameters without a Caller&.
template <bool kTakesCaller, typename F, typename R, typename... A>
struct Adapter {
  using Params = Values<std::remove_cvref_t<A>...>;
  using Plain = typename Unwrapped<R>::Type;
  using Returned = Results<Plain>;

  static FunctionType type() { return {Params::types(), Returned::List::types()}; }

  static R invoke(F& function, Caller& caller, const std::uint64_t* words) {
    return std::apply(
        [&](const auto&... values) -> R {
          if constexpr (kTakesCaller) {
            return function(caller, values...);
          } else {
            return function(values...);
          }
        },
        Params::load(words));
  }

  // An exception ends the process here: it must not unwind through guest code.
  static bool call(void* context, void* host_call, std::uint64_t* words) noexcept {
    F& function = *static_cast<F*>(context);
    const HostCall& frame = *static_cast<const HostCall*>(host_call);
    Caller& caller = frame.caller;
    if constexpr (std::is_void_v<R>) {
      invoke(function, caller, words);
    } else if constexpr (Unwrapped<R>::kMayFail) {
      R result = invoke(function, caller, words);
      if (!result.ok()) {
        frame.error = result.error();
        return false;
      }
      if constexpr (!std::is_void_v<Plain>) Returned::store(words, result.value());
    } else {
      Returned::store(words, invoke(function, caller, words));
    }
    return true;
  }
};

template <typename F, typename Member>
struct Callable;
template <typename F, typename R, typename... A>
struct Callable<F, R(A...)> : Adapter<false, F, R, A...> {};
template <typename F, typename R, typename... A>
struct Callable<F, R(Caller&, A...)> : Adapter<true, F, R, A...> {};

template <typename T>
struct MemberSignature;
template <typename C, typename R, typename... A>
struct MemberSignature<R (C::*)(A...)> {
  using Type = R(A...);
};
template <typename C, typename R, typename... A>
struct MemberSignature<R (C::*)(A...) const> : MemberSignature<R (C::*)(A...)> {};
template <typename C, typename R, typename... A>
struct MemberSignature<R (C::*)(A...) noexcept> : MemberSignature<R (C::*)(A...)> {};
template <typename C, typename R, typename... A>
struct MemberSignature<R (C::*)(A...) const noexcept> : MemberSignature<R (C::*)(A...)> {};

template <typename F>
struct SignatureOf {
  using Type = typename MemberSignature<decltype(&F::operator())>::Type;
};
template <typename R, typename... A>
struct SignatureOf<R (*)(A...)> {
  using Type = R(A...);
};
template <typename R, typename... A>
struct SignatureOf<R (*)(A...) noexcept> {
  using Type = R(A...);
};

}  // namespace detail

/// A host function whose type is known at run time only.  `results` come as zeros of their types.
using DynamicFunction =
    std::function<Result<void>(Caller&, std::span<const Value>, std::span<Value>)>;

/// Things to import, by module and name; what a module does not ask for does not matter.
///
/// A host function is any callable of int32_t, uint32_t, int64_t, uint64_t, float, double, V128
/// and ExternRef, perhaps with a Caller& in front.  It returns nothing, such a value, a std::tuple
/// of them, or a Result of these, whose error ends the guest's call and is what the host's call
/// returns.  It must not throw: an exception ends the process.
///
/// Ownership: keeps the callables, and so does every instance made with them.
/// Threading: as a value; callables are called by the threads that call into instances, many at
///   once if several do.
class LIND_API Imports {
 public:
  template <typename F>
  Imports& function(std::string module, std::string name, F&& callable) {
    using Stored = std::decay_t<F>;
    using Adapter = detail::Callable<Stored, typename detail::SignatureOf<Stored>::Type>;
    functions_[{std::move(module), std::move(name)}] = {
        Adapter::type(), &Adapter::call, std::make_shared<Stored>(std::forward<F>(callable))};
    return *this;
  }
  Imports& dynamic_function(std::string module, std::string name, FunctionType type,
                            DynamicFunction callable);
  /// An immutable global.
  Imports& global(std::string module, std::string name, Value value);
  /// A memory, or table, of the instance's own, as large as the module declares the import.
  Imports& own_memory(std::string module, std::string name);
  Imports& own_table(std::string module, std::string name);

 private:
  friend class detail::InstanceState;
  using Key = std::pair<std::string, std::string>;
  std::map<Key, detail::HostFunction> functions_;
  std::map<Key, Value> globals_;
  std::map<Key, bool> own_;  ///< true: a memory, false: a table
};

}  // namespace lind::embed
