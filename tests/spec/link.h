/// \file
/// Resolves the imports of a module to exports of registered modules.

#pragma once

#include <vector>

#include "base/error.h"
#include "loaded.h"
#include "wasm/module.h"

namespace lind::spec {

/// One target for each import.
/// Errors: "unknown import ..." or "incompatible import type of ...", as the specification's
///   tests call it.
ErrorOr<std::vector<Target>> link(const wasm::Module& module, const Registry& registry);

}  // namespace lind::spec
