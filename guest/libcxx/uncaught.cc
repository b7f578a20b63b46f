// What a program needs besides LLVM's library to throw: the tag that all C++ exceptions have, and
// where the runtime goes when nobody catches one.

#include <exception>

asm(".globl __cpp_exception\n"
    ".tagtype __cpp_exception i32\n"
    "__cpp_exception:\n");

extern "C" {

void* __cxa_begin_catch(void* exception) noexcept;

// docs/guest-abi.md, section 1.  On the stack of the throw, as terminate is called natively.
__attribute__((export_name("lind_uncaught_exception"))) [[noreturn]] void lind_uncaught_exception(
    void* exception) noexcept {
  __cxa_begin_catch(exception);
  std::terminate();
}

}  // extern "C"
