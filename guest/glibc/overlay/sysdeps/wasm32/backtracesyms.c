/* Names come from the runtime: a program has no symbols.  */
#include <execinfo.h>
#include <stdlib.h>
#include <lind-place.h>

char **
__backtrace_symbols (void *const *array, int size)
{
  size_t total = size * sizeof (char *);
  for (int i = 0; i < size; ++i)
    total += __lind_describe_place (array[i], NULL, 0) + 1;
  char **result = malloc (total);
  if (result == NULL)
    return NULL;
  char *text = (char *) (result + size);
  char *end = (char *) result + total;
  for (int i = 0; i < size; ++i)
    {
      result[i] = text;
      text += __lind_describe_place (array[i], text, end - text) + 1;
    }
  return result;
}
weak_alias (__backtrace_symbols, backtrace_symbols)
