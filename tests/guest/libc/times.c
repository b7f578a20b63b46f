// share: /usr/share/zoneinfo
// Time zones from strings and files, and the clocks.
#include <langinfo.h>
#include <locale.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "check.h"

static void in_zone(const char* zone, time_t when) {
  setenv("TZ", zone, 1);
  tzset();
  struct tm local;
  CHECK(localtime_r(&when, &local) != NULL);
  char text[100];
  CHECK(strftime(text, sizeof text, "%F %T %Z %z %a %j %U %G-%V %p %s %e|%k|%C", &local) > 0);
  printf("%s: %s %d %ld %d\n", zone, text, local.tm_isdst, timezone, daylight);
  CHECK(mktime(&local) == when);
}

int main(void) {
  const time_t moments[] = {0, 1700000000, 1719835200, 4102444800, -1234567890};
  const char* zones[] = {"UTC", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30", "NZST-12NZDT,M9.5.0,M4.1.0/3",
                         "Europe/Berlin", "America/New_York", "Asia/Kolkata", ":Nowhere/City", ""};
  for (size_t z = 0; z < sizeof zones / sizeof *zones; z++)
    for (size_t m = 0; m < sizeof moments / sizeof *moments; m++)
      in_zone(zones[z], moments[m]);
  setenv("TZ", "UTC", 1);
  struct tm broken = {.tm_year = 124, .tm_mon = 13, .tm_mday = -3, .tm_hour = 30};
  const time_t normal = mktime(&broken);
  printf("%lld %d\n", (long long)normal, broken.tm_yday);
  struct tm parsed = {0};
  CHECK(strptime("2024-02-29 13:14:15 Thu", "%Y-%m-%d %H:%M:%S %a", &parsed) != NULL);
  printf("%lld %s", (long long)timegm(&parsed), asctime(&parsed));
  CHECK(strptime("32", "%d", &parsed) == NULL);
  printf("%g %s", difftime(5, 2), ctime(&moments[1]));
  struct timespec now, later, resolution;
  const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_BOOTTIME,
                              CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_TAI};
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    CHECK(clock_gettime(clocks[i], &now) == 0 && clock_getres(clocks[i], &resolution) == 0);
    CHECK(clock_gettime(clocks[i], &later) == 0 && (later.tv_sec > now.tv_sec || (later.tv_sec == now.tv_sec && later.tv_nsec >= now.tv_nsec)));
  }
  CHECK_FAILS(clock_gettime(77, &now), EINVAL);
  struct timeval day;
  CHECK(gettimeofday(&day, NULL) == 0 && llabs(day.tv_sec - time(NULL)) <= 1);
  CHECK(timespec_get(&now, TIME_UTC) == TIME_UTC);
  CHECK(clock() >= 0);
  struct tms usage;
  CHECK(times(&usage) != (clock_t)-1);
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 1000}, NULL) == 0);
  printf("%d\n", clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, -1}, NULL));
  CHECK(setlocale(LC_TIME, "C.UTF-8") != NULL);
  printf("%s %s %s\n", nl_langinfo(DAY_2), nl_langinfo(MON_12), nl_langinfo(D_T_FMT));
  return 0;
}
