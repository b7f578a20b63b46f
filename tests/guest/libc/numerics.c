// The mathematics library beyond general/mathematics.c: special functions, long double, complex, classification.
#include <complex.h>
#include <math.h>
#include <tgmath.h>

#include "check.h"

#undef sin
int main(void) {
  const double values[] = {0.0, 0.5, 1.0, -1.5, 2.718281828, 100.25, 1e-10, 1e10};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    const double x = values[i];
    printf("%.13g %.13g %.13g %.13g %.13g %.13g %.13g\n", (erf)(x), (erfc)(x), (tgamma)(fabs(x) > 50 ? 5 : x), (lgamma)(x), (cbrt)(x), (expm1)(x > 600 ? 1 : x), (log1p)(fabs(x)));
    printf("%.12g %.12g %.12g %.12g\n", j0(x), y1(fabs(x) + 0.1), jn(3, x), (exp2)(x > 1000 ? 3 : x));
    int exponent;
    double whole;
    const double fraction = (frexp)(x, &exponent), part = modf(x, &whole);
    printf("%.17g %d %.17g %.17g %d %ld\n", fraction, exponent, part, whole, x == 0 ? 0 : (ilogb)(x), x < 1e9 ? (lrint)(x) : 0);
    printf("%g %g %g %g %g\n", (round)(x), (rint)(x), (nearbyint)(x), (remainder)(x, 0.7), (fma)(x, x, -x));
    printf("%a %a %a\n", (nextafter)(x, 1e300), (ldexp)(x, -3), (logb)(x));
  }
  printf("%d %d %d %d %d\n", fpclassify(0.0), isnan(NAN), isinf(-INFINITY), isnormal(1e-310), signbit(-0.0) != 0);
  // The guest's long double has more digits than the native one: compare what both know.
  printf("%.15Lg %.15Lg %.15Lg %.15Lg\n", sinl(1.0L), expl(2.0L), powl(1.5L, 2.5L), logl(10.0L));
  printf("%.15Lg %.15Lg %Lg\n", sqrtl(2.0L), cbrtl(3.0L), floorl(-2.5L));
  const double complex z = 1.0 + 2.0 * I;
  const double complex results[] = {cexp(z), clog(z), csqrt(z), cpow(z, z), csin(z), catanh(z), z * z, z / (2.0 - I)};
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    printf("%.12g %.12g\n", creal(results[i]), cimag(results[i]));
  printf("%g %g %g\n", cabs(3.0 + 4.0 * I), carg(-1.0 + 0.0 * I), fdim(3.0, 1.0));
  printf("%.8g %.8g %.8g\n", (double)sinf(1.0f), (double)powf(2.0f, 0.5f), (double)lgammaf(3.5f));
  errno = 0;
  volatile double minus = -1.0;
  CHECK(isnan((sqrt)(minus)) && errno == EDOM);
  errno = 0;
  volatile double large = 1000.0;
  CHECK(isinf((exp)(large)) && errno == ERANGE);
  return 0;
}
