"""Python functions as callbacks of the library, with Python objects as their payloads."""

import warnings
from _thread import get_ident
from ctypes import CFUNCTYPE, c_int64, c_void_p, create_string_buffer, py_object, pythonapi
from itertools import count

from ._library import D, N, P, T, _LinAlgError, error_clear, function, left, status
from ._tensor import c_retain, known

c_fail = status("apus_fail", D, T)
c_take_warning = function("apus_take_warning", P, N, result=N)

# Payloads. C keeps a number for each, which ends with its destroy callback.

_payloads = {}
_numbers = count(1)


def keep(value):
    """A number that stands for an object until it is dropped."""
    number = next(_numbers)
    _payloads[number] = value
    return number


def kept(number):
    """The object that a number stands for."""
    return _payloads[number]


def lasting(function):
    """The function, which is never freed: C may call it while the interpreter ends."""
    pythonapi.Py_IncRef(py_object(function))
    return function


@lasting
@CFUNCTYPE(None, c_void_p)
def destroy(number, drop=_payloads.pop):
    """Drops the object of a number."""
    drop(number, None)


@lasting
@CFUNCTYPE(None, c_void_p, c_void_p)
def destroy_second(payload, number, drop=_payloads.pop):
    """Drops what a payload's owner packed."""
    drop(number, None)


# Errors

_CODES = ((_LinAlgError, 9), (IndexError, 2), (ValueError, 3), (NotImplementedError, 5), (TypeError, 4))


def leave(problem):
    """Leaves an exception for whoever looks at the library's error next; its code."""
    error_clear()
    # As the library keeps them.
    words = "".join([c if c >= " " or c in "\n\t" else " " for c in str(problem)])
    words = words.encode("utf-8", "replace")
    # What ends a recomputation early is the library's own, and nobody's to catch.
    if not words.startswith(b"torch.utils.checkpoint: the recomputation ends here"):
        left[get_ident()] = words.decode(), problem
    code = next((code for kind, code in _CODES if isinstance(problem, kind)), 1)
    return c_fail(code, words)


def callback(*types):
    """A decorator for the body of a callback. It gets the payload's object and the arguments;
    exceptions become the library's errors."""
    kind = CFUNCTYPE(D, P, *types)

    def decorator(body):
        def call(number, *arguments):
            try:
                body(_payloads[number], *arguments)
                return 0
            except BaseException as problem:
                return leave(problem)

        return lasting(kind(call))

    return decorator


def warn_of_pending(stacklevel=3):
    """Warns of what the library left for this thread."""
    size = c_take_warning(None, 0)
    while size:
        text = create_string_buffer(size + 1)
        c_take_warning(text, size + 1)
        warnings.warn(text.value.decode("utf-8", "replace"), stacklevel=stacklevel)
        size = c_take_warning(None, 0)


# Tensors that come and go


def borrowed(handle):
    """The Tensor for a handle that is the library's; None for NULL."""
    if not handle:
        return None
    c_retain(handle)
    return known(handle)


def given(tensor):
    """A handle of a tensor for the library to keep; None for None."""
    if tensor is None:
        return None
    c_retain(tensor._handle)
    return tensor._handle


def slots(address, size):
    """A list of handles of C's, to read or to fill."""
    return (c_void_p * size).from_address(address) if size else ()


def tensors(address, size):
    """The tensors of a list of C's."""
    return tuple([borrowed(handle) for handle in slots(address, size)])


def fill(address, values):
    """Puts tensors into a list of C's."""
    target = slots(address, len(values))
    for i, value in enumerate(values):
        target[i] = given(value)


def put(address, value, kind=c_void_p):
    """Sets what a pointer of C's points to."""
    kind.from_address(address).value = value


def integers_at(address, size):
    """A list of int64_t of C's."""
    return (c_int64 * size).from_address(address) if size else ()


def text_of(call, *arguments):
    """The text that a function writes as snprintf() does."""
    size = call(*arguments, None, 0)
    if not size:
        return ""
    buffer = create_string_buffer(size + 1)
    call(*arguments, buffer, size + 1)
    return buffer.value.decode("utf-8", "replace")
