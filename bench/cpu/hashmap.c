// A hash table with open addressing, growing, with deletions.
#include <string.h>

#include "../timing.h"

struct slot {
  uint64_t key;
  uint32_t value;
  uint32_t state;  // 0 free, 1 used, 2 deleted
};

struct map {
  struct slot* slots;
  uint32_t capacity, used;
};

static struct slot* find(struct map* map, uint64_t key) {
  uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32) & (map->capacity - 1);
  struct slot* reusable = NULL;
  for (;; at = (at + 1) & (map->capacity - 1)) {
    struct slot* const slot = &map->slots[at];
    if (slot->state == 0) return reusable != NULL ? reusable : slot;
    if (slot->state == 1 && slot->key == key) return slot;
    if (slot->state == 2 && reusable == NULL) reusable = slot;
  }
}

static void grow(struct map* map) {
  const struct map old = *map;
  map->capacity = old.capacity * 2;
  map->slots = calloc(map->capacity, sizeof *map->slots);
  MUST(map->slots != NULL);
  map->used = 0;
  for (uint32_t i = 0; i < old.capacity; i++) {
    if (old.slots[i].state != 1) continue;
    *find(map, old.slots[i].key) = old.slots[i];
    map->used++;
  }
  free(old.slots);
}

static uint64_t kernel(void) {
  struct map map = {calloc(16, sizeof(struct slot)), 16, 0};
  MUST(map.slots != NULL);
  uint64_t seed = 77;
  uint64_t checksum = 0;
  for (uint32_t i = 0; i < 400000; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const uint64_t key = seed >> 46;
    if (map.used * 4 >= map.capacity * 3) grow(&map);
    struct slot* const slot = find(&map, key);
    if (slot->state == 1 && i % 3 == 0) {
      slot->state = 2;
      continue;
    }
    if (slot->state == 0) map.used++;
    checksum += slot->state == 1 ? slot->value : 1;
    *slot = (struct slot){key, i, 1};
  }
  free(map.slots);
  return checksum * 31 + map.used;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
