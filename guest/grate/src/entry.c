// Where calls of other cages come in, and the threads they run on.
//
// An activation is an ordinary thread of this program that has handed itself to the host: its
// stack, its libc thread block and its tid stay, its host thread goes.  The host runs handlers on
// it.

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "lind/grate.h"
#include "raw.h"
#include "reference.h"

enum { STACK_BYTES = 1 << 20 };

int lind_child_executes;

static void* serve(void* unused) {
  (void)unused;
  struct lind_call block;
  lind_raw_syscall(LIND_SERVICE_ACTIVATION, (uintptr_t)&block, 0, 0, 0, 0, 0);
  return NULL;  // the host refuses
}

static int add_activation(void) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return -error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_t thread;
  error = pthread_create(&thread, &attributes, serve, NULL);
  pthread_attr_destroy(&attributes);
  return -error;
}

__attribute__((export_name("lind_grate_entry"))) lind_result
lind_grate_entry(lind_handler handler, struct lind_call* call) {
  if (call->flags & LIND_GROW) return add_activation();
  if (call->flags & LIND_ROUTE_REFERENCE) return lind_call_reference((uintptr_t)handler, call);
  return handler(call);
}

// Here, because who registers a handler needs the rest of this file.
int lind_register_to(uint32_t target, int number, uint32_t grate, uint32_t handler,
                     uint32_t flags) {
  return (int)lind_raw_syscall(LIND_register_handler, target, number, handler, flags, grate, 0);
}

static void first_activation(void) {
  if (lind_child_executes || add_activation() != 0) return;
  while (lind_raw_syscall(LIND_SERVICE_AWAIT_ACTIVATION, 0, 0, 0, 0, 0, 0) == -EINTR) {
  }
}

__attribute__((constructor)) static void prepare(void) {
  first_activation();
  pthread_atfork(NULL, NULL, first_activation);
}
