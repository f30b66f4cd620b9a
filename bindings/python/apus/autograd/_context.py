"""What the forward of a custom function leaves for its backward: ctx."""

from .._callbacks import destroy, keep, kept
from .._library import B, N, P, failure, function, has_failed, status
from .._runtime import handles
from .._tensor import Tensor
from ._nodes import saved

c_context_user = function("apus_context_user", P)
c_context_set_user = status("apus_context_set_user", P, P, P)
c_save_for_backward = status("apus_context_save_for_backward", P, P, N)
c_save_for_forward = status("apus_context_save_for_forward", P, P, N)
c_saved_count = function("apus_context_saved_count", P, result=N)
c_saved = function("apus_context_saved", P, N)
c_mark_dirty = status("apus_context_mark_dirty", P, P, N)
c_mark_non_differentiable = status("apus_context_mark_non_differentiable", P, P, N)
c_set_materialize_grads = status("apus_context_set_materialize_grads", P, B)
c_needs_input_grad = function("apus_context_needs_input_grad", P, N, result=B)


class FunctionCtx:
    """Tensors and other things from forward for backward. It takes any attribute."""

    # The handle of C's context while there is one to be asked: for good it would keep the node,
    # which keeps this.
    _handle = None
    _saved_count = 0

    @staticmethod
    def _of(handle, call):
        """The object of a context of C's, as a context manager for the time of a callback."""
        number = c_context_user(handle)
        if number:
            return _Visit(kept(number), handle)
        ctx = FunctionCtx()
        wanted = iter(range(sum(call.is_tensor)))
        ctx.needs_input_grad = tuple([
            is_tensor and c_needs_input_grad(handle, next(wanted)) for is_tensor in call.is_tensor
        ])
        if c_context_set_user(handle, keep(ctx), destroy):
            raise failure()
        return _Visit(ctx, handle)

    def _bound(self):
        if self._handle is None:
            raise RuntimeError("the node that this ctx belongs to is no more")
        return self._handle

    def save_for_backward(self, *tensors):
        """Saves tensors, or None, for backward; the last call wins."""
        self._save(c_save_for_backward, "save_for_backward", tensors)

    def save_for_forward(self, *tensors):
        """Saves tensors, or None, for jvp."""
        self._save(c_save_for_forward, "save_for_forward", tensors)

    def _save(self, save, name, tensors):
        for position, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    "%s can only save variables, but argument %d is of type %s"
                    % (name, position, type(tensor).__name__)
                )
        if save(self._bound(), handles(tensors), len(tensors)):
            raise failure()
        self._saved_count = len(tensors)

    @property
    def saved_tensors(self):
        """What was saved."""
        handle, found = self._bound(), []
        # Those that were freed are counted no more, and are an error.
        for i in range(c_saved_count(handle) or self._saved_count):
            tensor = c_saved(handle, i)
            if not tensor and has_failed():
                raise failure()
            found.append(saved(tensor) if tensor else None)
        if has_failed():
            raise failure()
        return tuple(found)

    def mark_dirty(self, *args):
        """Tells which arguments forward changed in place; it returns them."""
        if c_mark_dirty(self._bound(), handles(args), len(args)):
            raise failure()

    def mark_non_differentiable(self, *args):
        """Tells which results have no derivative."""
        if c_mark_non_differentiable(self._bound(), handles(args), len(args)):
            raise failure()

    def set_materialize_grads(self, value):
        """Whether backward gets zeros where no gradient arrived: at first it does."""
        if c_set_materialize_grads(self._bound(), bool(value)):
            raise failure()


class _Visit:
    """A ctx during a callback."""

    def __init__(self, ctx, handle):
        self._ctx, self._handle = ctx, handle

    def __enter__(self):
        self._before = self._ctx._handle
        self._ctx._handle = self._handle
        return self._ctx

    def __exit__(self, *exception):
        self._ctx._handle = self._before


def attribute_of(handle, name):
    """An attribute of the ctx of a context of C's."""
    number = c_context_user(handle)
    if not number:
        return None
    with _Visit(kept(number), handle) as ctx:
        return getattr(ctx, name)
