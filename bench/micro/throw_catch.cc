// throw.catch, throw.catch.deep: throw an int over some frames to who catches it.
#include "../timing.h"

namespace {

int frames = 1;

[[gnu::noinline]] int fall(int depth) {
  if (depth <= 1) throw depth;
  volatile int here = depth;  // so that it is no tail call
  return fall(depth - 1) + here;
}

void throw_and_catch() {
  try {
    fall(frames);
  } catch (int number) {
    MUST(number == 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) frames = atoi(argv[2]);
  run_operation(throw_and_catch, argc > 1 ? atoi(argv[1]) : 5, frames > 1 ? 2000 : 20000);
  return 0;
}
