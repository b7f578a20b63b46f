// 100,000 asynchronous signals into a program that computes and forks: nothing may change its result.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kSignals = 100000, kRounds = 40 };

static volatile sig_atomic_t num_handled;
static volatile int finished;
static sem_t taken;

static void handled(int signo, siginfo_t *info, void *context) {
  (void)context;
  CHECK(signo == SIGUSR1 || signo == SIGRTMIN + 3);
  CHECK(info->si_signo == signo);
  num_handled++;
  CHECK(sem_post(&taken) == 0);
}

// Each signal is sent when the one before has been handled, so that all are.
static void *sender(void *argument) {
  pthread_t target = *(pthread_t *)argument;
  for (int sent = 0; sent < kSignals; sent++) {
    CHECK(pthread_kill(target, sent % 2 == 0 ? SIGUSR1 : SIGRTMIN + 3) == 0);
    CHECK(sem_wait(&taken) == 0);
  }
  finished = 1;
  return NULL;
}

static unsigned compute(unsigned state) {
  double sum = 0;
  unsigned char bytes[256];
  for (int i = 0; i < 20000; i++) {
    state = state * 1664525u + 1013904223u;
    bytes[state >> 24] = (unsigned char)state;
    sum += (state & 1023) / 7.0;
  }
  (void)bytes;
  return state ^ (unsigned)sum;
}

static unsigned child_result(unsigned state) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    unsigned result = compute(state);
    CHECK(write(ends[1], &result, sizeof(result)) == sizeof(result));
    _exit(0);
  }
  CHECK(close(ends[1]) == 0);
  unsigned result = 0;
  CHECK(read(ends[0], &result, sizeof(result)) == sizeof(result));
  CHECK(close(ends[0]) == 0);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  return result;
}

int main(void) {
  unsigned expected = 1;
  for (int round = 0; round < kRounds; round++) expected = compute(expected);

  CHECK(sem_init(&taken, 0, 0) == 0);
  struct sigaction action = {.sa_sigaction = handled, .sa_flags = SA_SIGINFO | SA_RESTART};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGRTMIN + 3, &action, NULL) == 0);
  pthread_t self = pthread_self(), thread;
  CHECK(pthread_create(&thread, NULL, sender, &self) == 0);
  int rounds = 0;
  do {
    unsigned state = 1;
    for (int round = 0; round < kRounds; round++) state = round % 8 == 7 ? child_result(state) : compute(state);
    CHECK(state == expected);
    rounds++;
  } while (!finished);
  CHECK(pthread_join(thread, NULL) == 0);
  printf("handled %d, result %u\n", (int)num_handled, expected);
  return 0;
}
