/* Stand-ins for an unwinder: no frame can be unwound yet, so a throw ends where nobody catches it,
   in std::terminate.  */
#include <stdlib.h>
#include <unwind.h>

_Unwind_Reason_Code
_Unwind_RaiseException (struct _Unwind_Exception *exception)
{
  (void) exception;
  return _URC_END_OF_STACK;
}

void
_Unwind_Resume (struct _Unwind_Exception *exception)
{
  (void) exception;
  abort ();
}

void
_Unwind_DeleteException (struct _Unwind_Exception *exception)
{
  if (exception->exception_cleanup != NULL)
    exception->exception_cleanup (_URC_FOREIGN_EXCEPTION_CAUGHT, exception);
}
