/// \file
/// Declarations of every handler, by family.  Each row of uapi/syscalls.def whose support is not
/// kDenied has its `sys_` function here; table.cc builds the microvisor's entry table from both.

#pragma once

#include "rawposix/fs/handlers.h"
#include "rawposix/ipc/handlers.h"
#include "rawposix/mem/handlers.h"
#include "rawposix/net/handlers.h"
#include "rawposix/proc/handlers.h"
