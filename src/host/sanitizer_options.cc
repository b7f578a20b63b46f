// Defaults of the sanitizers: faults and the alternate stack belong to the runtime's own handlers.
// Compiled into every program of a sanitizer build; see cmake/settings.cmake.

namespace {

constexpr char kOptions[] =
    "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0";

}  // namespace

extern "C" {

// Names and signatures are the sanitizers' own (sanitizer/asan_interface.h).
const char* __asan_default_options();   // NOLINT(bugprone-reserved-identifier)
const char* __ubsan_default_options();  // NOLINT(bugprone-reserved-identifier)
const char* __tsan_default_options();   // NOLINT(bugprone-reserved-identifier)

[[gnu::visibility("default")]] const char* __asan_default_options() {
  return kOptions;
}
[[gnu::visibility("default")]] const char* __ubsan_default_options() {
  return kOptions;
}
[[gnu::visibility("default")]] const char* __tsan_default_options() {
  return kOptions;
}

}  // extern "C"
