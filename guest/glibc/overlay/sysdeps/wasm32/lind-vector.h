/* What the string functions share: 16 bytes at a time.  Loads of strings are
   aligned, so that none touches a page without a byte of the string.  */
#ifndef _LIND_VECTOR_H
#define _LIND_VECTOR_H 1
#include <stddef.h>
#include <stdint.h>

#define LIND_SIMD __attribute__ ((target ("simd128")))
#define LIND_BULK __attribute__ ((target ("simd128,bulk-memory-opt")))
/* Above this, one bulk-memory instruction is faster than a loop of ours.  */
#define LIND_BULK_BYTES 512

typedef uint8_t lind_vec __attribute__ ((vector_size (16), may_alias));
typedef uint8_t lind_vec_u
  __attribute__ ((vector_size (16), aligned (1), may_alias));
typedef uint16_t lind_u16 __attribute__ ((aligned (1), may_alias));
typedef uint32_t lind_u32 __attribute__ ((aligned (1), may_alias));
typedef uint64_t lind_u64 __attribute__ ((aligned (1), may_alias));

#define LIND_AT(type, p, offset) (*(type *) ((char *) (p) + (offset)))

/* Bit n: byte n of V is not zero (V: the result of a comparison).  */
LIND_SIMD static inline unsigned
lind_bits (lind_vec v)
{
  typedef signed char vec __attribute__ ((vector_size (16)));
  return __builtin_wasm_bitmask_i8x16 ((vec) v);
}

LIND_SIMD static inline int
lind_any (lind_vec v)
{
  typedef signed char vec __attribute__ ((vector_size (16)));
  return __builtin_wasm_any_true_v128 ((vec) v);
}

LIND_SIMD static inline lind_vec
lind_splat (int c)
{
  return (lind_vec) {} + (uint8_t) c;
}

/* The aligned block that P is in, and the bits of a block from P on.  */
static inline const lind_vec *
lind_block (const void *p)
{
  return (const lind_vec *) ((uintptr_t) p & -16u);
}
static inline unsigned
lind_from (const void *p)
{
  return -1u << ((uintptr_t) p & 15);
}
#endif
