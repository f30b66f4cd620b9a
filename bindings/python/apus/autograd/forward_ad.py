"""Forward mode: dual tensors, which carry a tangent."""

from collections import namedtuple
from ctypes import byref

from .._library import P, failure, function, status
from .._tensor import Tensor, _wrap_or_none

c_enter = status("apus_enter_dual_level")
c_exit = status("apus_exit_dual_level")
c_make = function("apus_make_dual", P, P)
c_unpack = status("apus_unpack_dual", P, P, P)

#: A dual tensor's parts; the tangent is None where there is none.
UnpackedDualTensor = namedtuple("UnpackedDualTensor", "primal tangent")


def enter_dual_level():
    """Begins the scope of tangents, of which there is one at a time."""
    if c_enter():
        raise failure()
    return 0


def exit_dual_level(*, level=None):
    """Ends it; tangents are forgotten."""
    if c_exit():
        raise failure()


class dual_level:
    """The scope as a context manager."""

    def __enter__(self):
        return enter_dual_level()

    def __exit__(self, *exception):
        exit_dual_level()


def make_dual(tensor, tangent, *, level=None):
    """A tensor with the elements and history of another that carries a tangent."""
    for value in (tensor, tangent):
        if not isinstance(value, Tensor):
            raise TypeError("make_dual(): argument must be Tensor, not %s" % type(value).__name__)
    return _made(c_make(tensor._handle, tangent._handle))


def _made(handle):
    dual = _wrap_or_none(handle)
    if dual is None:
        raise failure()
    return dual


def unpack_dual(tensor, *, level=None):
    """Both parts of a dual tensor."""
    primal, tangent = P(), P()
    if c_unpack(tensor._handle, byref(primal), byref(tangent)):
        raise failure()
    return UnpackedDualTensor(_wrap_or_none(primal.value), _wrap_or_none(tangent.value))
