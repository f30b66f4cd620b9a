"""The names of PyTorch's engine."""

from .._tensor import Tensor


class _Engine:
    """Backward passes."""

    @staticmethod
    def queue_callback(callback):
        """Has `callback()` called at the end of the pass that runs on this thread."""
        from ._hooks import queue_callback

        queue_callback(callback)


class _Kind(type):
    def __instancecheck__(cls, value):
        return isinstance(value, Tensor)


class Variable(metaclass=_Kind):
    """What tensors were called once."""

    _execution_engine = _Engine()

    def __new__(cls, data, requires_grad=False):
        return data.detach().requires_grad_(requires_grad)
