/* Places in code, which the runtime knows by name.  */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sysdep.h>
#include <_itoa.h>
#include <lind-place.h>

enum { longest_name = 1024, digits = 8 };

struct function
{
  uint32_t distance;	/* of the place from its beginning */
  char name[longest_name];
};

static char *
append (char *end, const char *text)
{
  return __stpcpy (end, text);
}

static char *
append_number (char *end, uint32_t number)
{
  char text[digits + 1];
  text[digits] = '\0';
  return append (append (end, "0x"), _itoa_word (number, text + digits, 16, 0));
}

size_t
__lind_describe_place (const void *place, char *text, size_t size)
{
  struct function found;
  long int length = INTERNAL_SYSCALL_NCS (LIND_SERVICE_FUNCTION, 3, place,
					  &found, sizeof found - 1);
  if (length >= longest_name)
    length = longest_name - 1;
  size_t needed = length < 0 ? 0 : (strlen (program_invocation_name) + length
				    + sizeof "(+0x) " + digits);
  needed += sizeof "[0x]" + digits;
  if (needed > size)
    return needed - 1;
  char *end = text;
  if (length >= 0)
    {
      found.name[length] = '\0';
      end = append (append (end, program_invocation_name), "(");
      end = append (append (end, found.name), "+");
      end = append (append_number (end, found.distance), ") ");
    }
  end = append (end, "[");
  end = append (append_number (end, (uintptr_t) place), "]");
  return end - text;
}
