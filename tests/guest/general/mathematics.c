// Elementary functions to 14 digits, exact ones to the last bit, classification and rounding.
#include <fenv.h>
#include <math.h>

#include "check.h"

int main(void) {
  for (double x = -3.0; x <= 3.0; x += 0.37) {
    printf("%.13g %.13g %.13g %.13g %.13g\n", sin(x), cos(x), exp(x), atan(x), cbrt(x));
    printf("%a %a %a %a %a\n", sqrt(fabs(x)), floor(x), ceil(x), trunc(x), rint(x));
    printf("%a %a %a %ld\n", fmod(x, 0.7), copysign(1.0, x), fma(x, x, 1.0), lround(x));
  }
  int exponent;
  const double mantissa = frexp(1234.5, &exponent);
  printf("%a %d\n", mantissa, exponent);
  printf("%g %g %d %d\n", ldexp(0.75, 10), pow(2, 0.5), isnan(sqrt(-1.0)) != 0,
         isinf(exp(1e4)) != 0);
  printf("%.6f %.6f %.6f\n", (double)sinf(1.0f), (double)powf(1.1f, 10), (double)logf(10));
  printf("%d %d %d\n", fpclassify(0.0) == FP_ZERO, fpclassify(1e-310) == FP_SUBNORMAL,
         signbit(-0.0) != 0);
  volatile double big = 1e300;
  volatile long long wide = 1LL << 62;
  printf("%g %.17g %lld %u\n", big * big, (double)wide, (long long)(double)wide, (unsigned)3.99e9);
  return 0;
}
