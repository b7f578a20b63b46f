/// \file
/// From the bytes of a WebAssembly module to a Module.

#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "wasm/features.h"
#include "wasm/module.h"

namespace lind::wasm {

/// Decodes a module; function bodies are only cut out.
///
/// Any bytes may be given.  Time and memory are at most a small multiple of their number.
/// Ownership: the Module points into `bytes`, which must outlive it.
/// Errors: what the specification calls malformed, limits.h, and constant expressions that are
///   not one constant instruction.
ErrorOr<Module> decode_module(std::span<const std::byte> bytes, const Features& features);

}  // namespace lind::wasm
