/// \file
/// What this machine's processor can do, as libc saw it when the process started: asking again
/// costs microseconds for every CPUID that a hypervisor answers.

#pragma once

namespace lind::host {

/// Whether processor and kernel support x86-64-v3 (System V psABI for x86-64, table 3.1).
bool cpu_is_v3() noexcept;
/// Whether the kernel has switched XSAVE on, and with it XGETBV.
bool cpu_has_xsave() noexcept;

}  // namespace lind::host
