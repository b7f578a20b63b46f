#include <array>

#include "wasi/functions.h"

namespace lind::wasi {
namespace {

constexpr std::array kPreview1 = {
#define LIND_WASI(name) Bound<&name>::named(#name),
#define LIND_WASI_CHANGED(name) Bound<&name>::named(#name),
#define LIND_WASI_NEW(name) Bound<&name>::named(#name),
#include "wasi/functions.def"
#undef LIND_WASI
#undef LIND_WASI_CHANGED
#undef LIND_WASI_NEW
};
static_assert(kPreview1.size() == 46);

constexpr std::array kSnapshot0 = {
#define LIND_WASI(name) Bound<&name>::named(#name),
#define LIND_WASI_CHANGED(name) Bound<&name##_0>::named(#name),
#define LIND_WASI_NEW(name)
#include "wasi/functions.def"
#undef LIND_WASI
#undef LIND_WASI_CHANGED
#undef LIND_WASI_NEW
};

constexpr std::array kThreads = {Bound<&thread_spawn>::named("thread-spawn")};

constexpr std::array kModules = {
    ImportModule{"wasi_snapshot_preview1", kPreview1},
    ImportModule{"wasi_unstable", kSnapshot0},
    ImportModule{"wasi", kThreads},
};

}  // namespace

std::span<const ImportModule> import_modules() noexcept {
  return kModules;
}

}  // namespace lind::wasi
