// What small processors are measured with: list sorting, a 16-bit matrix, a state machine, a CRC.
#include <string.h>

#include "../timing.h"

enum { kItems = 256, kSize = 24, kRounds = 1000 };

struct item {
  struct item* next;
  int16_t data, index;
};

static struct item items[kItems];
static int16_t left[kSize][kSize], right[kSize][kSize];
static int32_t product[kSize][kSize];

static uint16_t crc16(uint16_t crc, uint16_t value) {
  for (int i = 0; i < 16; i++) {
    const int carry = (crc ^ value) & 1;
    value >>= 1;
    crc = (uint16_t)(crc >> 1 ^ (carry ? 0xa001 : 0));
  }
  return crc;
}

static struct item* merge(struct item* a, struct item* b) {
  struct item head = {0};
  struct item* last = &head;
  while (a != NULL && b != NULL) {
    struct item** const smaller = a->data <= b->data ? &a : &b;
    last->next = *smaller;
    last = *smaller;
    *smaller = (*smaller)->next;
  }
  last->next = a != NULL ? a : b;
  return head.next;
}

static struct item* sort(struct item* list) {
  if (list == NULL || list->next == NULL) return list;
  struct item* middle = list;
  for (struct item* end = list->next; end != NULL && end->next != NULL; end = end->next->next)
    middle = middle->next;
  struct item* const second = middle->next;
  middle->next = NULL;
  return merge(sort(list), sort(second));
}

static uint16_t sort_items(uint16_t crc, int round) {
  for (int i = 0; i < kItems; i++) {
    items[i] = (struct item){i + 1 < kItems ? &items[i + 1] : NULL,
                             (int16_t)(i * 7919 + round * 31 & 0x7fff), (int16_t)i};
  }
  for (const struct item* one = sort(items); one != NULL; one = one->next)
    crc = (uint16_t)(crc * 3 + one->index);
  return crc16(crc, (uint16_t)round);
}

static uint16_t multiply(uint16_t crc, int round) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      left[i][j] = (int16_t)(i * j + round);
      right[i][j] = (int16_t)(i - j + round);
    }
  }
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      int32_t sum = 0;
      for (int k = 0; k < kSize; k++)
        sum += (int32_t)left[i][k] * right[k][j];
      product[i][j] = sum >> 2 & 0x3fff;
    }
  }
  return crc16(crc, (uint16_t)product[round % kSize][round / 7 % kSize]);
}

enum state { kStart, kInteger, kFraction, kExponent, kSign, kInvalid, kNumStates };

static enum state step(enum state state, char c) {
  const int digit = c >= '0' && c <= '9';
  switch (state) {
    case kStart:
      return digit ? kInteger : c == '-' || c == '+' ? kSign : c == '.' ? kFraction : kInvalid;
    case kSign:
    case kInteger:
      return digit ? kInteger : c == '.' ? kFraction : c == 'e' ? kExponent : kInvalid;
    case kFraction:
      return digit ? kFraction : c == 'e' ? kExponent : kInvalid;
    case kExponent:
      return digit || c == '-' || c == '+' ? kExponent : kInvalid;
    default:
      return kInvalid;
  }
}

static uint16_t scan(uint16_t crc, int round) {
  static const char kText[] =
      "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,"
      "-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^";
  int counts[kNumStates] = {0};
  enum state state = kStart;
  for (const char* at = kText; *at != 0; at++) {
    state = *at == ',' ? kStart : step(state, (char)(*at ^ (round % 19 == 7)));
    counts[state]++;
  }
  for (int i = 0; i < kNumStates; i++)
    crc = crc16(crc, (uint16_t)counts[i]);
  return crc;
}

static uint64_t kernel(void) {
  uint16_t crc = 0;
  for (int round = 0; round < kRounds; round++)
    crc = scan(multiply(sort_items(crc, round), round), round);
  return crc;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
