// Streams that are not files, temporary files, lines, wide streams.
#include <fcntl.h>
#include <obstack.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>
#include <locale.h>
#include <stdio_ext.h>

#include "check.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static ssize_t cookie_write(void* cookie, const char* data, size_t size) {
  *(size_t*)cookie += size;
  printf("cookie gets %zu bytes: %.*s\n", size, (int)size, data);
  return (ssize_t)size;
}
static ssize_t cookie_read(void* cookie, char* data, size_t size) {
  size_t* left = cookie;
  const size_t n = size < *left ? size : *left;
  memset(data, 'r', n);
  *left -= n;
  return (ssize_t)n;
}
static int cookie_seek(void* cookie, off64_t* offset, int whence) {
  (void)cookie;
  *offset += 100;
  return whence == SEEK_END ? -1 : 0;
}
static int cookie_close(void* cookie) {
  printf("closed with %zu\n", *(size_t*)cookie);
  return 0;
}

static void cookies(void) {
  size_t total = 0;
  FILE* out = fopencookie(&total, "w", (cookie_io_functions_t){.write = cookie_write, .seek = cookie_seek, .close = cookie_close});
  CHECK(out != NULL && fprintf(out, "hello %d", 42) == 8 && fflush(out) == 0);
  printf("at %ld\n", ftell(out));
  CHECK(fclose(out) == 0);
  size_t left = 10;
  FILE* in = fopencookie(&left, "r", (cookie_io_functions_t){.read = cookie_read, .close = cookie_close});
  char text[32];
  CHECK(fgets(text, sizeof text, in) != NULL);
  printf("%s\n", text);
  fclose(in);
}

static void memory(void) {
  char* data;
  size_t size;
  FILE* out = open_memstream(&data, &size);
  CHECK(out != NULL);
  for (int i = 0; i < 1000; i++)
    fprintf(out, "%d,", i);
  fflush(out);
  printf("%zu %.10s\n", size, data);
  fseek(out, 2, SEEK_SET);
  fputs("xyz", out);
  fclose(out);
  printf("%zu %.10s\n", size, data);
  free(data);
  wchar_t* wide;
  out = open_wmemstream(&wide, &size);
  fwprintf(out, L"%ls %d", L"wide", 7);
  fclose(out);
  printf("%zu %ls\n", size, wide);
  free(wide);
  char buffer[] = "one two 3.5";
  FILE* in = fmemopen(buffer, strlen(buffer), "r+");
  char first[8], second[8];
  double number;
  CHECK(fscanf(in, "%7s %7s %lf", first, second, &number) == 3);
  printf("%s %s %g\n", first, second, number);
  fclose(in);
}

static void temporary(void) {
  char name[] = "tmpXXXXXX";
  int fd = mkstemp(name);
  CHECK(fd >= 0 && strcmp(name, "tmpXXXXXX") != 0 && close(fd) == 0 && unlink(name) == 0);
  char suffixed[] = "tmpXXXXXX.c";
  fd = mkostemps(suffixed, 2, O_CLOEXEC);
  CHECK(fd >= 0 && strcmp(suffixed + 9, ".c") == 0 && close(fd) == 0);
  char directory[] = "dirXXXXXX";
  CHECK(mkdtemp(directory) != NULL && rmdir(directory) == 0);
  char bad[] = "XXXX";
  CHECK_FAILS(mkstemp(bad), EINVAL);
  setenv("TMPDIR", ".", 1);
  FILE* hidden = tmpfile();
  if (hidden != NULL) {
    fputs("line one\nline two", hidden);
    rewind(hidden);
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, hidden)) != -1)
      printf("%zd\n", length);
    rewind(hidden);
    CHECK(getdelim(&line, &capacity, 'w', hidden) == 16);
    free(line);
    fclose(hidden);
  }
}

static void buffering(void) {
  FILE* file = fopen("buffered", "w+e");
  char place[64];
  setvbuf(file, place, _IOFBF, sizeof place);
  for (int i = 0; i < 100; i++)
    putc_unlocked('a' + i % 26, file);
  printf("%zu %zu %d\n", __fbufsize(file), __fpending(file), __fwriting(file) != 0);
  CHECK(fseeko(file, 50, SEEK_SET) == 0 && getc(file) == 'a' + 50 % 26);
  CHECK(ungetc('!', file) == '!' && getc(file) == '!');
  fpos_t position;
  CHECK(fgetpos(file, &position) == 0 && fseek(file, 0, SEEK_END) == 0 && ftello(file) == 100);
  CHECK(fsetpos(file, &position) == 0);
  printf("%ld\n", ftell(file));
  CHECK(getc(file) != EOF && fseek(file, 0, SEEK_END) == 0 && getc(file) == EOF && feof(file));
  clearerr(file);
  CHECK(!feof(file));
  CHECK((file = freopen("buffered", "r", file)) != NULL && getc(file) == 'a');
  char block[10];
  CHECK(fread(block, 3, 3, file) == 3);
  fclose(file);
  CHECK(fopen("absent/file", "r") == NULL && errno == ENOENT);
  CHECK(fopen("buffered", "q") == NULL && errno == EINVAL);
}

static void wide(void) {
  CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
  FILE* file = fopen("wide", "w+");
  CHECK(fwide(file, 1) > 0);
  CHECK(fwprintf(file, L"%lc €%5.1f %ls\n", L'é', 2.25, L"日本") > 0);
  rewind(file);
  wchar_t line[64];
  CHECK(fgetws(line, 64, file) != NULL);
  printf("%zu %ls", wcslen(line), line);
  rewind(file);
  wint_t character;
  float number;
  CHECK(fwscanf(file, L"%lc €%f %ls", &character, &number, line) == 3);
  printf("%lc %g %ls\n", character, number, line);
  CHECK(ungetwc(L'ß', file) == L'ß' && getwc(file) == L'ß');
  fclose(file);
  wchar_t text[32];
  CHECK(swprintf(text, 32, L"%-8s|%08.3f", "ab", 3.14159) == 17);
  printf("%ls\n", text);
  CHECK(swprintf(text, 4, L"%s", "too long") == -1);
  int a, b;
  CHECK(swscanf(L"12 0x1f", L"%d %i", &a, &b) == 2 && a == 12 && b == 31);
  printf("%ld %g\n", wcstol(L"-77z", NULL, 10), wcstod(L"1e3", NULL));
}

static void stacks(void) {
  struct obstack stack;
  obstack_init(&stack);
  for (int i = 0; i < 2000; i++)
    obstack_printf(&stack, "%d ", i);
  obstack_1grow(&stack, 0);
  const int size = obstack_object_size(&stack);
  char* text = obstack_finish(&stack);
  printf("%d %.8s\n", size, text);
  char* copy = obstack_copy0(&stack, "copied", 6);
  printf("%s\n", copy);
  obstack_free(&stack, NULL);
}

int main(void) {
  cookies();
  memory();
  temporary();
  buffering();
  stacks();
  char* text;
  CHECK(asprintf(&text, "%2$s-%1$*3$d", 5, "x", 4) == 6);
  printf("%s\n", text);
  free(text);
  CHECK(dprintf(1, "") == 0);
  wide();
  return 0;
}
