/// \file
/// WebAssembly's values and types, and how those of C++ stand for them.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lind/api.h>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace lind::embed {

/// The numbers of the binary format.
enum class ValueType : std::uint8_t {
  kI32 = 0x7f,
  kI64 = 0x7e,
  kF32 = 0x7d,
  kF64 = 0x7c,
  kV128 = 0x7b,
  kFuncRef = 0x70,
  kExternRef = 0x6f,
  kExnRef = 0x69,
};

/// 16 bytes, the low ones first.
struct V128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const V128&, const V128&) = default;
};

/// A reference to something of the host: any number but 0, which is the null reference.  The guest
/// keeps it and hands it back; it can neither read nor make one.
struct ExternRef {
  std::uint64_t number = 0;
  friend bool operator==(const ExternRef&, const ExternRef&) = default;
};

struct FunctionType {
  std::vector<ValueType> params;
  std::vector<ValueType> results;
  friend bool operator==(const FunctionType&, const FunctionType&) = default;
};

/// "i32", "(i32, f64) -> (i64)".
LIND_API std::string to_string(ValueType type);
LIND_API std::string to_string(const FunctionType& type);

/// How a C++ type stands for a value: `kType`, the words it takes, to and from them.
template <typename T>
struct ValueTraits;

namespace detail {
template <typename T, ValueType kValueType>
struct IntegerTraits {
  static constexpr ValueType kType = kValueType;
  static constexpr std::size_t kWords = 1;
  static T load(const std::uint64_t* words) noexcept { return static_cast<T>(words[0]); }
  static void store(std::uint64_t* words, T value) noexcept {
    words[0] = static_cast<std::make_unsigned_t<T>>(value);
  }
};
}  // namespace detail

template <>
struct ValueTraits<std::int32_t> : detail::IntegerTraits<std::int32_t, ValueType::kI32> {};
template <>
struct ValueTraits<std::uint32_t> : detail::IntegerTraits<std::uint32_t, ValueType::kI32> {};
template <>
struct ValueTraits<std::int64_t> : detail::IntegerTraits<std::int64_t, ValueType::kI64> {};
template <>
struct ValueTraits<std::uint64_t> : detail::IntegerTraits<std::uint64_t, ValueType::kI64> {};
template <>
struct ValueTraits<float> {
  static constexpr ValueType kType = ValueType::kF32;
  static constexpr std::size_t kWords = 1;
  static float load(const std::uint64_t* words) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(words[0]));
  }
  static void store(std::uint64_t* words, float value) noexcept {
    words[0] = std::bit_cast<std::uint32_t>(value);
  }
};
template <>
struct ValueTraits<double> {
  static constexpr ValueType kType = ValueType::kF64;
  static constexpr std::size_t kWords = 1;
  static double load(const std::uint64_t* words) noexcept {
    return std::bit_cast<double>(words[0]);
  }
  static void store(std::uint64_t* words, double value) noexcept {
    words[0] = std::bit_cast<std::uint64_t>(value);
  }
};
template <>
struct ValueTraits<V128> {
  static constexpr ValueType kType = ValueType::kV128;
  static constexpr std::size_t kWords = 2;
  static V128 load(const std::uint64_t* words) noexcept { return {words[0], words[1]}; }
  static void store(std::uint64_t* words, V128 value) noexcept {
    words[0] = value.low;
    words[1] = value.high;
  }
};
template <>
struct ValueTraits<ExternRef> {
  static constexpr ValueType kType = ValueType::kExternRef;
  static constexpr std::size_t kWords = 1;
  static ExternRef load(const std::uint64_t* words) noexcept { return {words[0]}; }
  static void store(std::uint64_t* words, ExternRef value) noexcept { words[0] = value.number; }
};

/// A value whose type is known at run time only.
class Value {
 public:
  template <typename T>
    requires requires { ValueTraits<T>::kType; }
  Value(T value) : type_(ValueTraits<T>::kType) {
    ValueTraits<T>::store(words_.data(), value);
  }
  Value(ValueType type, std::uint64_t low, std::uint64_t high = 0) noexcept
      : type_(type), words_{low, high} {}

  ValueType type() const noexcept { return type_; }
  /// The bits; those of narrow types are the low ones.
  const std::array<std::uint64_t, 2>& words() const noexcept { return words_; }
  template <typename T>
  bool is() const noexcept {
    return type_ == ValueTraits<T>::kType;
  }
  /// Requires: is<T>(); otherwise the bits are taken for a T.
  template <typename T>
  T as() const noexcept {
    return ValueTraits<T>::load(words_.data());
  }
  friend bool operator==(const Value&, const Value&) = default;

 private:
  ValueType type_;
  std::array<std::uint64_t, 2> words_{};
};

namespace detail {

/// The values of a parameter list: types, and how many words they take.
template <typename... T>
struct Values {
  static constexpr std::size_t kWords = (std::size_t{0} + ... + ValueTraits<T>::kWords);
  static std::vector<ValueType> types() { return {ValueTraits<T>::kType...}; }
  static void store([[maybe_unused]] std::uint64_t* words, const T&... values) noexcept {
    ((ValueTraits<T>::store(words, values), words += ValueTraits<T>::kWords), ...);
  }
  static std::tuple<T...> load([[maybe_unused]] const std::uint64_t* words) noexcept {
    const auto next = [&words]<typename U>(std::type_identity<U>) {
      const U value = ValueTraits<U>::load(words);
      words += ValueTraits<U>::kWords;
      return value;
    };
    // Braces: in order.
    return std::tuple<T...>{next(std::type_identity<T>{})...};
  }
};

/// What a function of C++ returns, as a list of values.
template <typename R>
struct Results {
  using List = Values<R>;
  static R load(const std::uint64_t* words) noexcept { return ValueTraits<R>::load(words); }
  static void store(std::uint64_t* words, const R& value) noexcept {
    ValueTraits<R>::store(words, value);
  }
};
template <>
struct Results<void> {
  using List = Values<>;
};
template <typename... T>
struct Results<std::tuple<T...>> {
  using List = Values<T...>;
  static std::tuple<T...> load(const std::uint64_t* words) noexcept { return List::load(words); }
  static void store(std::uint64_t* words, const std::tuple<T...>& values) noexcept {
    std::apply([words](const T&... value) { List::store(words, value...); }, values);
  }
};

}  // namespace detail
}  // namespace lind::embed
