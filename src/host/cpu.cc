#include "host/cpu.h"

// The header is written for C.
#define _Bool bool
#include <sys/platform/x86.h>
#undef _Bool

namespace lind::host {

bool cpu_is_v3() noexcept {
  return CPU_FEATURE_ACTIVE(AVX) && CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(BMI1) &&
         CPU_FEATURE_ACTIVE(BMI2) && CPU_FEATURE_ACTIVE(F16C) && CPU_FEATURE_ACTIVE(FMA) &&
         CPU_FEATURE_ACTIVE(LZCNT) && CPU_FEATURE_ACTIVE(MOVBE) && cpu_has_xsave();
}

bool cpu_has_xsave() noexcept {
  return CPU_FEATURE_PRESENT(OSXSAVE);
}

}  // namespace lind::host
