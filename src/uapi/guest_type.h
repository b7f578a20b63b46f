/// \file
/// Which types may cross the guest boundary by plain copy.

#pragma once

#include <type_traits>

namespace lind::uapi {

/// A type whose every byte is data: no padding (host bytes would leak), no
/// pointer, any bit pattern valid enough to be copied and then checked.
template <typename T>
concept GuestType = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                    (std::has_unique_object_representations_v<T> || std::is_same_v<T, float> ||
                     std::is_same_v<T, double>);

}  // namespace lind::uapi
