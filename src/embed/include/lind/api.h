/// \file
/// What marks the library's own symbols; nothing for users.

#pragma once

/// Everything else in liblind.a is local to it.
#define LIND_API __attribute__((visibility("default")))
