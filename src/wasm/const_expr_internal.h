/// \file
/// Constant expressions.

#pragma once

#include "base/error.h"
#include "wasm/features.h"
#include "wasm/module.h"
#include "wasm/reader.h"

namespace lind::wasm {

/// Reads a constant expression and its `end`.
/// Errors: malformed bytes, or anything but exactly one constant instruction.
ErrorOr<ConstExpr> read_const_expr(Reader& reader, const Features& features);

}  // namespace lind::wasm
