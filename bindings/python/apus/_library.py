"""The shared library: where it is, the types of its functions, its errors."""

import ctypes
import os
from _thread import get_ident
from ctypes import c_bool as B, c_char_p as T, c_double as F, c_int32 as D
from ctypes import c_int64 as I, c_size_t as N, c_void_p as P


class S(ctypes.Structure):
    """apus_scalar. The union of an integer and a double travels as its bits: ctypes has no unions
    by value, and the calling conventions pass both alike."""

    _fields_ = (("kind", ctypes.c_int32), ("reserved", ctypes.c_int32), ("bits", ctypes.c_int64))


def _load():
    named = os.environ.get("APUS_LIBRARY")
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libapus.so")
    problems = []
    for path in [named] if named else [beside, "libapus.so.0"]:
        if path == beside and not os.path.exists(path):
            continue
        try:
            return ctypes.CDLL(path)
        except OSError as problem:
            problems.append(str(problem))
    raise ImportError(
        "the apus library was not found; install it, or name it in APUS_LIBRARY (%s)"
        % "; ".join(problems)
    )


library = _load()
_pointer_to = library._FuncPtr


def function(name, *types, result=P):
    """A function of the library that returns a handle, or `result`."""
    try:
        found = _pointer_to((name, library))
    except AttributeError:
        raise ImportError(
            "%s has no %s: the library and the Python package are of different versions"
            % (library._name, name)
        ) from None
    found.argtypes = types
    found.restype = result
    return found


def status(name, *types):
    """A function of the library that returns a status: zero when all went well."""
    return function(name, *types, result=D)


_error_code = function("apus_error_code", result=D)
_error_text = function("apus_error_text", result=T)
error_clear = function("apus_error_clear", result=None)


class _LinAlgError(RuntimeError):
    """A singular matrix, or an iteration that did not converge: apus.linalg.LinAlgError."""


_EXCEPTIONS = {
    2: IndexError, 3: ValueError, 4: TypeError, 5: NotImplementedError, 9: _LinAlgError,
}



def has_failed():
    """Whether there is an error on this thread."""
    return bool(_error_code())


#: For each thread the last exception that a callback left for failure(), and its message.
left = {}


def failure():
    """The exception for the library's error on this thread, which is then forgotten. One that was
    raised in a callback is the same object."""
    code = _error_code()
    message = _error_text().decode("utf-8", "replace")
    error_clear()
    if left:
        words, problem = left.pop(get_ident(), (None, None))
        if words == message:
            return problem
    if message.startswith("torch.utils.checkpoint: "):
        from .utils.checkpoint import CheckpointError

        return CheckpointError(message)
    return _EXCEPTIONS.get(code, RuntimeError)(message)


version = function("apus_version", result=T)().decode()

# Every handle that Python gets is its own: Tensor.__del__ gives it back.
if function("apus_set_handle_mode", D, result=D)(1):
    raise failure()
