// iconv between the character sets that programs link in.
#include <iconv.h>

#include "check.h"

static void convert(const char* to, const char* from, const char* text, size_t length) {
  const iconv_t conversion = iconv_open(to, from);
  if (conversion == (iconv_t)-1) {
    printf("%s <- %s: none, %d\n", to, from, errno);
    return;
  }
  char out[256], *at = out, *in = (char*)text;
  size_t left = sizeof out;
  errno = 0;
  const size_t result = iconv(conversion, &in, &length, &at, &left);
  const int error = errno;
  iconv(conversion, NULL, NULL, &at, &left);
  printf("%s <- %s: %d %d %zu:", to, from, (int)result, error, length);
  for (const char* byte = out; byte < at; byte++)
    printf(" %02x", (unsigned char)*byte);
  printf("\n");
  CHECK(iconv_close(conversion) == 0);
}

int main(void) {
  static const char text[] = "Grüße, 日本語 한국어 中文 Привет €𝄞";
  static const char western[] = "Grüße é";
  const char* wide[] = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UCS-4", "UCS-2", "UTF-7", "GB18030", "WCHAR_T", "UTF-8"};
  for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
    convert(wide[i], "UTF-8", text, sizeof text - 1);
  const char* narrow[] = {"ISO-8859-1", "latin1", "ISO-8859-2", "ISO-8859-15", "WINDOWS-1252", "CP1250", "IBM850", "MACINTOSH", "ASCII"};
  for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++) {
    convert(narrow[i], "UTF-8", western, sizeof western - 1);
    char both[64];
    snprintf(both, sizeof both, "%s//TRANSLIT", narrow[i]);
    convert(both, "UTF-8", "€ “x”", 11);
  }
  convert("EUC-JP", "UTF-8", "日本語", 9);
  convert("SHIFT_JIS", "UTF-8", "日本語", 9);
  convert("CP932", "UTF-8", "日本語①", 12);
  convert("EUC-KR", "UTF-8", "한국어", 9);
  convert("UHC", "UTF-8", "한국어", 9);
  convert("GBK", "UTF-8", "中文", 6);
  convert("GB2312", "UTF-8", "中文", 6);
  convert("BIG5", "UTF-8", "中文", 6);
  convert("ISO-2022-KR", "UTF-8", "한국어", 9);
  convert("KOI8-R", "UTF-8", "Привет", 12);
  convert("CP1251", "KOI8-R", "\xd0\xd2\xc9", 3);
  convert("UTF-8", "EUC-JP", "\xc6\xfc\xcb\xdc", 4);
  convert("UTF-8", "SJIS", "\x93\xfa\x96{", 4);
  convert("UTF-8", "GB18030", "\xd6\xd0\x81\x30\x81\x30", 6);
  convert("UTF-8", "UTF-16", "\xff\xfe\x41\x00\x3d\xd8\x00\xde", 8);
  convert("UTF-8", "UTF-16LE", "\x00\xd8", 2);
  convert("UTF-8", "UTF-8", "\xe2\x82", 2);
  convert("ASCII//IGNORE", "UTF-8", "aéb", 4);
  convert("NO-SUCH-SET", "UTF-8", "", 0);
  for (int i = 1; i <= 16; i++) {
    char name[16];
    snprintf(name, sizeof name, "ISO-8859-%d", i);
    convert("UTF-8", name, "\xa4\xe1\xf0", 3);
  }
  for (int i = 0; i <= 8; i++) {
    char name[16];
    snprintf(name, sizeof name, "CP125%d", i);
    convert("UTF-8", name, "\x80\xe1\xf0", 3);
  }
  return 0;
}
