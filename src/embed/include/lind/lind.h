/// \file
/// All of liblind.

#pragma once

#include <lind/engine.h>    // IWYU pragma: export
#include <lind/error.h>     // IWYU pragma: export
#include <lind/imports.h>   // IWYU pragma: export
#include <lind/instance.h>  // IWYU pragma: export
#include <lind/memory.h>    // IWYU pragma: export
#include <lind/module.h>    // IWYU pragma: export
#include <lind/pool.h>      // IWYU pragma: export
#include <lind/value.h>     // IWYU pragma: export
