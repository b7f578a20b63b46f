// garbage SEED PROGRAM...: a hostile grate.  After some calls, which it lets through, it answers
// with what comes to its mind and writes into what arguments point to.

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "lind/grate.h"

static atomic_ullong state;
static atomic_int num_let_through;  ///< still

static uint64_t some_number(void) {
  // Knuth's MMIX generator, and the upper bits of it.
  const uint64_t next =
      atomic_fetch_add(&state, 1) * 6364136223846793005ULL + 1442695040888963407ULL;
  return (next ^ next >> 29) * 0xbf58476d1ce4e5b9ULL >> 7;
}

static lind_result some_result(void) {
  static const lind_result extremes[] = {INT64_MAX, INT64_MIN, INT32_MAX, INT32_MIN, UINT32_MAX,
                                         1LL << 32, 1 << 30,   -4096,     -4095,     -512,
                                         -513,      -516,      -1,        0,         1};
  const uint64_t number = some_number();
  if (number % 3 == 0) return -(lind_result)(number / 3 % 140);
  if (number % 3 == 1) return (lind_result)(number / 3 % 4096);
  return extremes[number / 3 % (sizeof(extremes) / sizeof(extremes[0]))];
}

static void scribble(const struct lind_call* call) {
  uint64_t junk[16];
  for (int i = 0; i < 16; i++)
    junk[i] = some_number();
  lind_put(call, (int)(some_number() % 6), junk, some_number() % sizeof(junk));
}

static lind_result answer(struct lind_call* call) {
  if (atomic_fetch_sub(&num_let_through, 1) > 0) return lind_forward();
  const uint64_t choice = some_number() % 8;
  if (choice < 4) return lind_forward();
  if (choice == 4) call->arg[some_number() % 6] = some_number();
  const lind_result result = choice < 6 ? lind_make(call) : some_result();
  scribble(call);
  return choice == 7 || choice == 5 ? some_result() : result;
}

int main(int argc, char** argv) {
  if (argc < 3) return 125;
  state = strtoull(argv[1], NULL, 10) << 20;
  num_let_through = (int)(strtoull(argv[1], NULL, 10) * 7 % 64);
  lind_on(LIND_EVERY_NUMBER, answer);
  static const int spared[] = {SYS_execve, SYS_exit, SYS_exit_group, SYS_kill, SYS_tgkill};
  for (unsigned i = 0; i < sizeof(spared) / sizeof(spared[0]); i++)
    lind_on_pass(spared[i]);
  return lind_run(argv + 2);
}
