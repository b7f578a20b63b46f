/// \file
/// Constant expressions.

#pragma once

#include <vector>

#include "base/error.h"
#include "wasm/features.h"
#include "wasm/module.h"
#include "wasm/reader.h"

namespace lind::wasm {

/// Reads a constant expression and its `end`.
/// \param steps  Gets the instructions, if there are several; validate() types them.
/// Errors: malformed bytes, an instruction that is not constant, several without the
///   extended_const feature, more than kMaxConstSteps.
ErrorOr<ConstExpr> read_const_expr(Reader& reader, const Features& features,
                                   std::vector<ConstStep>& steps);

}  // namespace lind::wasm
