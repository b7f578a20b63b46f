// Text to numbers and back: strtod, printf of floating-point, scanf's corners.
#include <float.h>
#include <inttypes.h>
#include <stddef.h>
#include <math.h>
#include <monetary.h>
#include <printf.h>

#include "check.h"

static void from_text(void) {
  const char* texts[] = {"0x1.8p3", "1e400", "-1e-400", "inf", "nan(0x12)", "4.9406564584124654e-324", "1.7976931348623157e308",
                         "0.1", "123456789012345678901234567890", "  +.5e1x", "e5", "0x", "2.2250738585072011e-308", "9007199254740993"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char* end;
    errno = 0;
    const double d = strtod(texts[i], &end);
    printf("%a %.17g %d %d\n", d, d, errno, (int)(end - texts[i]));
    errno = 0;
    const float f = strtof(texts[i], NULL);
    printf("%a %d\n", (double)f, errno);
  }
  char* end;
  errno = 0;
  const long long most = strtoll("9223372036854775808", &end, 10);
  printf("%lld %d\n", most, errno);
  errno = 0;
  const unsigned long long all = strtoull("-1", &end, 0);
  printf("%llu %d\n", all, errno);
  printf("%lld %lld %lld\n", strtoll("0755", NULL, 0), strtoll("zz", NULL, 36), strtoll("-0x80", NULL, 16));
  CHECK(strtoimax("12", NULL, 99) == 0 && errno == EINVAL);
}

static void to_text(void) {
  const double values[] = {0.0, -0.0, 1.0, 0.1, 1e23, 123456.789, 5e-324, DBL_MAX, INFINITY, NAN, 2.5, 1.0 / 3};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    printf("%a %A %.3a|%g %G %.0f %e %.20g|%+.3f % f %010.2f %-12.4e|%#.0f %'f\n", values[i], values[i], values[i],
           values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i]);
  printf("%Lf %.4Lf %Lg %Le\n", 1.5L, 2.0L / 3, 1e30L, 12345.0L);
  printf("%5d|%-5d|%05d|%+d|% d|%x|%#x|%#o|%hhd|%hd|%lld|%zu|%jd|%td\n", 42, 42, 42, 42, 42, 255u, 255u, 8u, 300, 70000,
         1LL << 40, (size_t)7, (intmax_t)-9, (ptrdiff_t)3);
  printf("%.3s|%-6s|%6s|%c|%%|%5c|%.*s|%*d\n", "abcdef", "ab", "cd", 'z', 'y', 2, "xyz", 4, 9);
  int written;
  printf("abc%n", &written);
  printf("%d %m\n", written);
  char small[4];
  CHECK(snprintf(small, sizeof small, "%d", 123456) == 6);
  printf("%s\n", small);
  printf("%s %s\n", ecvt(3.14159, 4, &(int){0}, &(int){0}), gcvt(0.00012, 3, (char[32]){0}));
  char money[32];
  CHECK(strfmon(money, sizeof money, "%.2n", 1234.5) > 0);
  printf("%s\n", money);
  char f[64];
  strfromd(f, sizeof f, "%.5g", 2.0 / 3);
  printf("%s\n", f);
}

static void scanning(void) {
  int a = 0, b = 0, n = 0;
  char s[32] = "", t[32] = "";
  printf("%d", sscanf("12abc", "%d%s%n", &a, s, &n));
  printf(" %d %s %d\n", a, s, n);
  printf("%d", sscanf("key = value # note", "%[a-z] = %[^#]", s, t));
  printf(" [%s] [%s]\n", s, t);
  printf("%d %d\n", sscanf("", "%d", &a), sscanf("x", "%d", &a));
  printf("%d", sscanf("0x1Fg 077", "%i%*c %o", &a, (unsigned*)&b));
  printf(" %d %d\n", a, b);
  printf("%d", sscanf("12345", "%2d%3d", &a, &b));
  printf(" %d %d\n", a, b);
  double d;
  float f;
  long double ld;
  printf("%d", sscanf("1.5e3 inf 0x1p-2", "%lf %f %Lf", &d, &f, &ld));
  printf(" %g %g %Lg\n", d, f, ld);
  char* allocated;
  printf("%d", sscanf("allocated text", "%ms", &allocated));
  printf(" %s\n", allocated);
  free(allocated);
  printf("%d\n", sscanf("1e", "%lf", &d));
  signed char c;
  long long ll;
  printf("%d", sscanf("200 -9000000000", "%hhd %lld", &c, &ll));
  printf(" %d %lld\n", c, ll);
  void* p;
  CHECK(sscanf("0x1000", "%p", &p) == 1 && p == (void*)0x1000);
  printf("%d", sscanf("%5", "%%%d", &a));
  printf(" %d\n", a);
  printf("%d", sscanf("a:b", "%2$[a-z]:%1$[a-z]", s, t));
  printf(" %s %s\n", s, t);
}

static int print_point(FILE* stream, const struct printf_info* info, const void* const* arguments) {
  const int* point = *(const int* const*)arguments[0];
  return fprintf(stream, "(%*d,%d)", info->width, point[0], point[1]);
}
static int point_size(const struct printf_info* info, size_t n, int* types, int* sizes) {
  (void)info;
  if (n > 0) types[0] = PA_POINTER, sizes[0] = sizeof(int*);
  return 1;
}

int main(void) {
  from_text();
  to_text();
  scanning();
  CHECK(register_printf_specifier('P', print_point, point_size) == 0);
#pragma GCC diagnostic ignored "-Wformat"
  printf("%3P %d\n", (int[]){1, 2}, 5);
  return 0;
}
