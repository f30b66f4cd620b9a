"""A transform that is being evaluated."""

from .._library import B, D, I, N, P, failure, function, status
from .._runtime import count, handles
from .._tensor import Tensor, wrap

c_push = function("apus_level_push", D, I, D)
c_pop = status("apus_level_pop", P)
c_wrap = function("apus_level_wrap", P, P, I)
c_unwrap = function("apus_level_unwrap", P, P, I)
c_owns = function("apus_level_owns", P, P, result=B)
c_dual = function("apus_level_dual", P, P, P)
c_tangent = function("apus_level_tangent", P, P)
c_gradients = status("apus_level_gradients", P, P, N, P, P, N, B, P)
c_release = status("apus_level_release", P)

NO_DIM = -(1 << 63)
_RANDOMNESS = {"error": 0, "same": 1, "different": 2}


class Level:
    """Begins a transform inside of those that are being evaluated; as a context manager, ends it."""

    __slots__ = ("_handle",)

    def __init__(self, batch_size=None, randomness="error"):
        kind = 0 if batch_size is None else 1
        self._handle = c_push(kind, batch_size or 0, _RANDOMNESS[randomness])
        if not self._handle:
            raise failure()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if c_pop(self._handle):
            raise failure()

    def __del__(self, release=c_release):
        try:
            release(self._handle)
        except AttributeError:  # it never got a handle
            pass

    def variable(self, tensor):
        """The tensor of this level for one of the levels below, that asks for a gradient."""
        if not isinstance(tensor, Tensor):
            raise ValueError("Thing passed to transform API must be Tensor, got %s" % type(tensor))
        return wrap(c_wrap(self._handle, tensor._handle, NO_DIM))

    def batched(self, tensor, dim):
        """The example of a tensor that has all of them along a dimension."""
        return wrap(c_wrap(self._handle, tensor._handle, dim))

    def owns(self, tensor):
        """Whether a tensor is of this level."""
        return c_owns(self._handle, tensor._handle)

    def value(self, tensor, dim=NO_DIM):
        """What a tensor stands for; other things as they are."""
        if not isinstance(tensor, Tensor):
            return tensor
        return wrap(c_unwrap(self._handle, tensor._handle, dim))

    def dual(self, primal, tangent):
        """The tensor of this level for one of the levels below, with a tangent."""
        return wrap(c_dual(self._handle, primal._handle, tangent._handle))

    def tangent(self, tensor):
        """The tangent of a tensor as the levels below see it; None for zero."""
        handle = c_tangent(self._handle, tensor._handle)
        return wrap(handle) if handle else None

    def gradients(self, outputs, inputs, cotangents=None, retain_graph=False):
        """The gradients of outputs for variables of this level."""
        roots, leaves = handles(outputs), handles(inputs)
        seeds = None if cotangents is None else handles(cotangents)
        results = (P * max(len(inputs), 1))()
        if c_gradients(
            self._handle, roots, count(roots), seeds, leaves, count(leaves), retain_graph, results
        ):
            raise failure()
        return [wrap(handle) for handle in results[: len(inputs)]]
