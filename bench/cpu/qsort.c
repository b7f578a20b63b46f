// Quicksort of 200,000 numbers through a comparison function pointer.
#include "../timing.h"

enum { kCount = 200000 };

static int numbers[kCount];

static int ascending(const void* a, const void* b) {
  const int x = *(const int*)a;
  const int y = *(const int*)b;
  return (x > y) - (x < y);
}

static void sort(int* array, int left, int right, int (*compare)(const void*, const void*)) {
  while (left < right) {
    const int pivot = array[left + (right - left) / 2];
    int i = left;
    int j = right;
    while (i <= j) {
      while (compare(&array[i], &pivot) < 0)
        i++;
      while (compare(&array[j], &pivot) > 0)
        j--;
      if (i > j) break;
      const int swapped = array[i];
      array[i++] = array[j];
      array[j--] = swapped;
    }
    sort(array, left, j, compare);
    left = i;
  }
}

static uint64_t kernel(void) {
  int (*volatile compare)(const void*, const void*) = ascending;
  uint32_t state = 1;
  for (int i = 0; i < kCount; i++)
    numbers[i] = (int)((state = state * 1664525u + 1013904223u) >> 4);
  sort(numbers, 0, kCount - 1, compare);
  uint64_t checksum = 0;
  for (int i = 0; i < kCount; i++)
    checksum = checksum * 31 + (uint64_t)numbers[i];
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
