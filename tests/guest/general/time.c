// Calendar arithmetic, time zones from TZ, clocks that go forward.
#include <sys/time.h>
#include <time.h>

#include "check.h"

static const long long moments[] = {0, 951782400, 1700000000, 2147483648LL, 4102444800LL, -86401};

static long long now_ns(clockid_t clock) {
  struct timespec now;
  CHECK(clock_gettime(clock, &now) == 0);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void print_in_zone(const char* zone) {
  CHECK(setenv("TZ", zone, 1) == 0);
  tzset();
  for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
    const time_t moment = (time_t)moments[i];
    struct tm local;
    CHECK(localtime_r(&moment, &local) != NULL);
    char text[100];
    CHECK(strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %j %U %Z %z %c", &local) > 0);
    printf("%s %d\n", text, mktime(&local) == moment);
  }
}

int main(void) {
  print_in_zone("UTC");
  print_in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  print_in_zone("XYZ5:30");
  struct tm odd = {.tm_year = 124, .tm_mon = 13, .tm_mday = 45, .tm_hour = 30};
  setenv("TZ", "UTC", 1);
  printf("%lld ", (long long)mktime(&odd));
  printf("%s", asctime(&odd));
  struct tm parsed = {0};
  CHECK(strptime("2024-02-29 12:34:56", "%Y-%m-%d %H:%M:%S", &parsed) != NULL);
  printf("%lld\n", (long long)timegm(&parsed));

  const long long start = now_ns(CLOCK_MONOTONIC);
  const struct timespec pause = {.tv_nsec = 20000000};
  CHECK(nanosleep(&pause, NULL) == 0);
  CHECK(now_ns(CLOCK_MONOTONIC) - start >= 20000000);
  CHECK(now_ns(CLOCK_REALTIME) > 1700000000LL * 1000000000LL);
  struct timeval day;
  CHECK(gettimeofday(&day, NULL) == 0);
  const long long difference = (long long)time(NULL) - (long long)day.tv_sec;
  CHECK(difference >= -1 && difference <= 2);
  const long long cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  for (volatile int i = 0; i < 5000000; i++) {
  }
  CHECK(now_ns(CLOCK_PROCESS_CPUTIME_ID) > cpu);
  struct timespec resolution;
  CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec > 0);
  CHECK_FAILS(clock_gettime(999, &resolution), EINVAL);
  const struct timespec bad = {.tv_nsec = 1000000000};
  CHECK_FAILS(nanosleep(&bad, NULL), EINVAL);
  return 0;
}
