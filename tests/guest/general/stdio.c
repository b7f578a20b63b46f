// Streams: buffering, positions, formatted input and output, end of file and errors.
// stdin: 12 0x1f word 3.25\nsecond line\nlast line without end
#include <stdarg.h>
#include <unistd.h>

#include "check.h"

static void read_standard_input(void) {
  int decimal;
  int hex;
  char word[16];
  double number;
  CHECK(scanf("%d %i %15s %lf", &decimal, &hex, word, &number) == 4);
  printf("%d %d %s %.3f\n", decimal, hex, word, number);
  CHECK(getchar() == '\n');
  char* line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, stdin)) > 0)
    printf("%zd: %s|", length, line);
  putchar('\n');
  CHECK(feof(stdin) && !ferror(stdin));
  free(line);
}

static void use_file(void) {
  FILE* file = fopen("file", "w+");
  CHECK(file != NULL);
  for (int i = 0; i < 10000; i++)
    CHECK(fprintf(file, "%05d\n", i) == 6);
  CHECK(fseek(file, 6 * 4321, SEEK_SET) == 0);
  int value;
  CHECK(fscanf(file, "%d", &value) == 1);
  printf("%d at %ld\n", value, ftell(file));
  CHECK(ungetc('X', file) == 'X');
  CHECK(fgetc(file) == 'X');
  CHECK(fseek(file, -6, SEEK_END) == 0);
  char buffer[8] = "";
  CHECK(fread(buffer, 1, sizeof buffer, file) == 6);
  printf("%s", buffer);
  CHECK(feof(file));
  CHECK(fclose(file) == 0);
  file = fopen("file", "a");
  CHECK(file != NULL && fputs("appended\n", file) >= 0 && fclose(file) == 0);
  file = fopen("file", "r");
  CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
  printf("%ld\n", ftell(file));
  CHECK(fputc('x', file) == EOF && ferror(file));
  fclose(file);
  CHECK(fopen("absent", "r") == NULL && errno == ENOENT);
}

static void use_memory_streams(void) {
  char* text = NULL;
  size_t size = 0;
  FILE* memory = open_memstream(&text, &size);
  CHECK(memory != NULL);
  for (int i = 0; i < 100; i++)
    fprintf(memory, "%d,", i);
  CHECK(fclose(memory) == 0);
  printf("%zu %s\n", size, text);
  free(text);
}

static int format(char* out, size_t size, const char* template, ...) {
  va_list list;
  va_start(list, template);
  const int result = vsnprintf(out, size, template, list);
  va_end(list);
  return result;
}

int main(void) {
  read_standard_input();
  use_file();
  use_memory_streams();
  char small[8];
  printf("%d", format(small, sizeof small, "%s-%d", "truncated", 77));
  printf(" %s\n", small);
  setvbuf(stdout, NULL, _IONBF, 0);
  printf("unbuffered ");
  CHECK(write(STDOUT_FILENO, "direct\n", 7) == 7);
  return 0;
}
