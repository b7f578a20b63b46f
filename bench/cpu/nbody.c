// Five bodies under gravity.
#include <math.h>
#include <string.h>

#include "../timing.h"

enum { kBodies = 5, kSteps = 60000 };

struct body {
  double x[3], v[3], mass;
};

static const struct body start[kBodies] = {
    {{0, 0, 0}, {0, 0, 0}, 39.47},
    {{4.84, -1.16, -0.10}, {0.606, 2.81, -0.02}, 0.037},
    {{8.34, 4.12, -0.4}, {-1.01, 1.82, 0.008}, 0.011},
    {{12.89, -15.11, -0.22}, {1.08, 0.868, -0.01}, 0.0017},
    {{15.37, -25.9, 0.179}, {0.979, 0.594, -0.034}, 0.002},
};

static void advance(struct body* bodies, double dt) {
  for (int i = 0; i < kBodies; i++) {
    for (int j = i + 1; j < kBodies; j++) {
      double d[3];
      double square = 0;
      for (int k = 0; k < 3; k++) {
        d[k] = bodies[i].x[k] - bodies[j].x[k];
        square += d[k] * d[k];
      }
      const double magnitude = dt / (square * sqrt(square));
      for (int k = 0; k < 3; k++) {
        bodies[i].v[k] -= d[k] * bodies[j].mass * magnitude;
        bodies[j].v[k] += d[k] * bodies[i].mass * magnitude;
      }
    }
  }
  for (int i = 0; i < kBodies; i++) {
    for (int k = 0; k < 3; k++)
      bodies[i].x[k] += dt * bodies[i].v[k];
  }
}

static uint64_t kernel(void) {
  struct body bodies[kBodies];
  memcpy(bodies, start, sizeof bodies);
  for (int step = 0; step < kSteps; step++)
    advance(bodies, 0.001);
  uint64_t checksum = 0;
  for (int i = 0; i < kBodies; i++) {
    uint64_t bits;
    memcpy(&bits, &bodies[i].x[0], sizeof bits);
    checksum = checksum * 31 + bits;
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
