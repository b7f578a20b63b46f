/* The tables of transliteration in the C locale (locale/C-translit.h), linked
   into programs that can transliterate: those that open a conversion or orient
   a stream.  */
#ifndef _LIND_TRANSLIT_H
#define _LIND_TRANSLIT_H 1
#include <stdint.h>
#include <wchar.h>
#define translit_from_idx __lind_translit_from_idx
#define translit_from_tbl __lind_translit_from_tbl
#define translit_to_idx __lind_translit_to_idx
#define translit_to_tbl __lind_translit_to_tbl
extern const uint32_t translit_from_idx[];
extern const wchar_t translit_from_tbl[];
extern const uint32_t translit_to_idx[];
extern const wchar_t translit_to_tbl[];
#endif
