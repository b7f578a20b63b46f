// A JSON parser by recursive descent: text to a tree of allocated values, and a walk over it.
#include <string.h>

#include "../timing.h"

enum kind { kNull, kBool, kNumber, kString, kArray, kObject };

struct value {
  enum kind kind;
  double number;
  char* text;  // of a string; the key of an object's member is key
  char* key;
  struct value* first;
  struct value* next;
};

enum { kText = 1 << 19 };

static char text[kText + 256];
static const char* at;

static struct value* parse(void);

static void skip_space(void) {
  while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
    at++;
}

static char* parse_text(void) {
  MUST(*at == '"');
  const char* const start = ++at;
  while (*at != '"')
    at += *at == '\\' ? 2 : 1;
  char* const copy = malloc((size_t)(at - start) + 1);
  MUST(copy != NULL);
  char* to = copy;
  for (const char* from = start; from < at; from++) {
    if (*from == '\\') from++;
    *to++ = *from == 'n' && from[-1] == '\\' ? '\n' : *from;
  }
  *to = 0;
  at++;
  return copy;
}

static double parse_number(void) {
  const double sign = *at == '-' ? -1 : 1;
  if (*at == '-') at++;
  double number = 0;
  for (; *at >= '0' && *at <= '9'; at++)
    number = number * 10 + (*at - '0');
  if (*at == '.') {
    double place = 0.1;
    for (at++; *at >= '0' && *at <= '9'; at++, place /= 10)
      number += (*at - '0') * place;
  }
  return sign * number;
}

static void parse_members(struct value* parent, char end) {
  struct value** last = &parent->first;
  at++;
  skip_space();
  while (*at != end) {
    char* key = NULL;
    if (end == '}') {
      key = parse_text();
      skip_space();
      MUST(*at++ == ':');
    }
    struct value* const member = parse();
    member->key = key;
    *last = member;
    last = &member->next;
    skip_space();
    if (*at == ',') at++;
    skip_space();
  }
  at++;
}

static struct value* parse(void) {
  struct value* const value = calloc(1, sizeof *value);
  MUST(value != NULL);
  skip_space();
  switch (*at) {
    case '{':
      value->kind = kObject;
      parse_members(value, '}');
      break;
    case '[':
      value->kind = kArray;
      parse_members(value, ']');
      break;
    case '"':
      value->kind = kString;
      value->text = parse_text();
      break;
    case 't':
    case 'f':
      value->kind = kBool;
      value->number = *at == 't';
      at += *at == 't' ? 4 : 5;
      break;
    case 'n':
      at += 4;
      break;
    default:
      value->kind = kNumber;
      value->number = parse_number();
  }
  return value;
}

static uint64_t walk_and_free(struct value* value) {
  uint64_t sum = value->kind + (uint64_t)(int64_t)(value->number * 8);
  if (value->text != NULL) sum += strlen(value->text);
  if (value->key != NULL) sum += strlen(value->key) * 3;
  for (struct value* member = value->first; member != NULL;) {
    struct value* const next = member->next;
    sum = sum * 31 + walk_and_free(member);
    member = next;
  }
  free(value->text);
  free(value->key);
  free(value);
  return sum;
}

static void make_text(void) {
  int size = sprintf(text, "[");
  for (int i = 0; size < kText; i++) {
    size += sprintf(text + size,
                    "%s\n  {\"id\": %d, \"name\": \"item \\\"%d\\\"\", \"price\": -%d.%02d, "
                    "\"tags\": [\"a\", \"bb\", null, true], \"in\": {\"x\": false}}",
                    i == 0 ? "" : ",", i, i * 7, i % 1000, i % 100);
  }
  sprintf(text + size, "\n]");
}

static uint64_t kernel(void) {
  if (text[0] == 0) make_text();
  uint64_t checksum = 0;
  for (int i = 0; i < 3; i++) {
    at = text;
    checksum = checksum * 31 + walk_and_free(parse());
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
