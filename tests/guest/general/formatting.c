// Numbers to text and back, in every width, precision and class; long double is left out, its
// format differs between x86-64 and the guest.
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>

#include "check.h"

static const double numbers[] = {
    0.0,  -0.0,       1.0,     -1.5,    3.141592653589793,       1e21,
    1e-7, 123456.789, DBL_MAX, DBL_MIN, 4.9406564584124654e-324, INFINITY,
    NAN,  0.1,        2.5,     3.5};
static const char* const texts[] = {"1.5",
                                    "  -2e10x",
                                    "0x1.8p3",
                                    "inf",
                                    "-nan",
                                    "1e400",
                                    "1e-400",
                                    ".5e+1",
                                    "abc",
                                    "",
                                    "0.1",
                                    "9007199254740993",
                                    "2.2250738585072011e-308"};

static void print_integers(void) {
  printf("%d %i %u %o %x %X %#x %#o\n", INT_MIN, INT_MAX, UINT_MAX, 8, 255, 255, 255, 8);
  printf("%lld %llu %" PRId64 " %" PRIx64 "\n", LLONG_MIN, ULLONG_MAX, INT64_MAX, UINT64_MAX);
  printf("[%5d] [%-5d] [%05d] [%+d] [% d] [%.3d] [%*d]\n", 42, 42, 42, 42, 42, 7, 6, 42);
  printf("%hhd %hd %zu %jd %c %% %s %.2s [%10s] [%-10s]\n", 300, 70000, (size_t)7, (intmax_t)-7,
         'c', "text", "text", "right", "left");
  printf("%2$s %1$s\n", "world", "hello");
}

static void print_doubles(void) {
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const double x =
        fabs(numbers[i]) == INFINITY || isnan(numbers[i]) ? fabs(numbers[i]) : numbers[i];
    printf("%f|%e|%g|%a|%.0f|%.17g|%10.3f|%-12.2e|%+G\n", x, x, x, x, x, x, x, x, x);
  }
}

static void parse_texts(void) {
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char* end;
    errno = 0;
    const double x = strtod(texts[i], &end);
    printf("%s -> %.17g, %td, %d\n", texts[i], fabs(x), end - texts[i], errno);
  }
  char* end;
  errno = 0;
  const long long least = strtoll("-99999999999999999999", NULL, 10);
  printf("%lld %d\n", least, errno);
  printf("%lld ", strtoll("0x7fzz", &end, 0));
  printf("%s\n", end);
  printf("%llu %llu\n", strtoull("-1", NULL, 10), strtoull("zz", NULL, 36));
}

int main(void) {
  print_integers();
  print_doubles();
  parse_texts();
  return 0;
}
