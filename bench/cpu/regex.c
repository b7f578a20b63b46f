// A regular expression engine: compiled to a nondeterministic automaton, run over all states at
// once.
#include <string.h>

#include "../timing.h"

enum { kMaxStates = 128, kText = 1 << 18, kSplit = 256, kMatch = 257, kAny = 258 };

struct state {
  int symbol;
  int out, out2;
};

static struct state states[kMaxStates];
static int num_states;
static const char* pattern;
static char text[kText + 1];
static int marks[kMaxStates], mark;

struct part {
  int start, end;  // end: a state whose `out` is free
};

static int add(int symbol, int out, int out2) {
  MUST(num_states < kMaxStates);
  states[num_states] = (struct state){symbol, out, out2};
  return num_states++;
}

static struct part alternatives(void);

static struct part atom(void) {
  if (*pattern == '(') {
    pattern++;
    const struct part inner = alternatives();
    MUST(*pattern++ == ')');
    return inner;
  }
  const int symbol = *pattern == '.' ? kAny : *pattern;
  pattern++;
  const int state = add(symbol, -1, -1);
  return (struct part){state, state};
}

static struct part repeated(void) {
  const struct part one = atom();
  if (*pattern != '*' && *pattern != '+' && *pattern != '?') return one;
  const char how = *pattern++;
  const int end = add(kSplit, -1, -1);
  const int split = add(kSplit, one.start, end);
  states[one.end].out = how == '?' ? end : split;
  return (struct part){how == '+' ? one.start : split, end};
}

static struct part sequence(void) {
  struct part whole = repeated();
  while (*pattern != 0 && *pattern != '|' && *pattern != ')') {
    const struct part next = repeated();
    states[whole.end].out = next.start;
    whole.end = next.end;
  }
  return whole;
}

static struct part alternatives(void) {
  struct part whole = sequence();
  while (*pattern == '|') {
    pattern++;
    const struct part other = sequence();
    const int end = add(kSplit, -1, -1);
    states[whole.end].out = end;
    states[other.end].out = end;
    whole = (struct part){add(kSplit, whole.start, other.start), end};
  }
  return whole;
}

static int enter(int* list, int size, int state) {
  if (state < 0 || marks[state] == mark) return size;
  marks[state] = mark;
  if (states[state].symbol == kSplit) {
    size = enter(list, size, states[state].out);
    return enter(list, size, states[state].out2);
  }
  list[size++] = state;
  return size;
}

static uint64_t count_matches(int start) {
  static int lists[2][kMaxStates];
  int sizes[2] = {0, 0};
  uint64_t matches = 0;
  for (int i = 0; i < kText; i++) {
    const int* const now = lists[i % 2];
    int* const next = lists[(i + 1) % 2];
    mark++;
    sizes[i % 2] = enter(lists[i % 2], sizes[i % 2], start);
    mark++;
    int size = 0;
    for (int k = 0; k < sizes[i % 2]; k++) {
      const struct state* const s = &states[now[k]];
      if (s->symbol == kMatch)
        matches++;
      else if (s->symbol == kAny || s->symbol == text[i])
        size = enter(next, size, s->out);
    }
    sizes[(i + 1) % 2] = size;
  }
  return matches;
}

static uint64_t kernel(void) {
  uint32_t seed = 31;
  for (int i = 0; i < kText; i++) {
    seed = seed * 1664525u + 1013904223u;
    text[i] = "abcde \n"[(seed >> 16) % 7];
  }
  memset(marks, 0, sizeof marks);
  mark = 0;
  num_states = 0;
  pattern = "(ab|cd+)*e(a|b?c).(d|e)+";
  const struct part whole = alternatives();
  states[whole.end].out = add(kMatch, -1, -1);
  return count_matches(whole.start);
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
