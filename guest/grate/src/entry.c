// Where calls of other cages come in, and the threads they run on.
//
// An activation is an ordinary thread of this program that has handed itself to the host: its
// stack, its libc thread block and its tid stay, its host thread goes.  The host runs handlers on
// it.

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lind/grate.h"
#include "raw.h"
#include "reference.h"

enum { STACK_BYTES = 1 << 20 };

/// libc's, which <pthread.h> no longer declares: `buffer`, on the stack of this thread, is the
/// first thing to run when the thread ends.
extern void _pthread_cleanup_push(struct _pthread_cleanup_buffer* buffer, void (*routine)(void*),
                                  void* argument);

int lind_child_executes;

static void end_thread(void* unused) {
  (void)unused;
  for (;;)
    syscall(SYS_exit, 0);
}

static void* serve(void* unused) {
  (void)unused;
  struct lind_call block;
  // Where pthread_exit in a handler comes to: the frames of this function will be gone, and so
  // there is none to jump to.
  __pthread_unwind_buf_t outermost = {0};
  __pthread_register_cancel(&outermost);
  struct _pthread_cleanup_buffer last;
  _pthread_cleanup_push(&last, end_thread, NULL);
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
lind_grate_entry(struct lind_call* call) {
  if (call->flags & LIND_GROW) return add_activation();
  if (call->flags & LIND_ROUTE_REFERENCE) return lind_call_reference(call->handler, call);
  // A tail call, because every frame counts where grates stand on grates.
  __attribute__((musttail)) return ((lind_handler)(uintptr_t)call->handler)(call);
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
