# Warnings, hardening and sanitizers that every host target of this project gets.
option(LIND_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" OFF)
set(LIND_SANITIZE "" CACHE STRING "Sanitizers for all host code, e.g. address,undefined")

add_library(lind_settings INTERFACE)
target_compile_features(lind_settings INTERFACE cxx_std_20)
target_compile_options(lind_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wcast-align -Wcast-qual -Wswitch-enum -Wformat=2
  -Wimplicit-fallthrough -Wundef -Wnull-dereference -Wdouble-promotion
  $<$<COMPILE_LANGUAGE:CXX>:-Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -Wextra-semi>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wthread-safety -Wthread-safety-beta -Wunreachable-code
    -Wmissing-declarations -Wno-gnu-statement-expression>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wmissing-declarations>
  $<$<BOOL:${LIND_WARNINGS_AS_ERRORS}>:-Werror>
  -D_GLIBCXX_ASSERTIONS -ftrivial-auto-var-init=zero -fno-strict-aliasing -fno-strict-overflow
  -fno-delete-null-pointer-checks -fstack-protector-strong -fstack-clash-protection
  -fno-omit-frame-pointer -fvisibility=hidden
  $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
target_link_options(lind_settings INTERFACE -Wl,-z,relro -Wl,-z,now
  $<$<CXX_COMPILER_ID:Clang>:-fuse-ld=lld>)  # links lindc in a second, ld.bfd in five
if(LIND_SANITIZE)
  target_compile_options(lind_settings INTERFACE -fsanitize=${LIND_SANITIZE})
  target_link_options(lind_settings INTERFACE -fsanitize=${LIND_SANITIZE})
  target_sources(lind_settings INTERFACE
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${CMAKE_SOURCE_DIR}/src/host/sanitizer_options.cc>)
endif()
target_include_directories(lind_settings INTERFACE ${CMAKE_SOURCE_DIR}/src)
