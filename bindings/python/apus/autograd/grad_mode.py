"""Whether operations are recorded, and inference mode."""

from ctypes import c_uint32

from .._library import B, function

c_is_grad_enabled = function("apus_is_grad_enabled", result=B)
c_set_grad_enabled = function("apus_set_grad_enabled", B, result=B)
c_set_inference_mode = function("apus_set_inference_mode", B, result=c_uint32)
c_restore_inference_mode = function("apus_restore_inference_mode", c_uint32, result=None)
c_is_inference_mode_enabled = function("apus_is_inference_mode_enabled", result=B)


def is_grad_enabled():
    """Whether operations on this thread are recorded."""
    return c_is_grad_enabled()


class _Mode:
    """A context manager, and a decorator, that switches recording and switches it back."""

    enabled = False

    def __enter__(self):
        self._before = c_set_grad_enabled(self.enabled)

    def __exit__(self, *exception):
        c_set_grad_enabled(self._before)

    def __call__(self, function):
        from ._decorator import decorated

        return decorated(self._again, function)

    def _again(self):
        return type(self)()


class no_grad(_Mode):
    """Nothing is recorded within; results don't require a gradient."""

    def __new__(cls, function=None):
        mode = object.__new__(cls)
        return mode if function is None else mode(function)


class enable_grad(no_grad):
    """Operations are recorded within, also inside of no_grad()."""

    enabled = True


class set_grad_enabled(_Mode):
    """Switches recording, at once; as a context manager until its end."""

    def __init__(self, mode):
        self.enabled = bool(mode)
        self._before = c_set_grad_enabled(self.enabled)

    def __enter__(self):
        c_set_grad_enabled(self.enabled)

    def __call__(self, function):
        c_set_grad_enabled(self._before)
        return super().__call__(function)

    def _again(self):
        return set_grad_enabled(self.enabled)

    def __repr__(self):
        return "torch.autograd.grad_mode.set_grad_enabled(mode=%s)" % self.enabled


def is_inference_mode_enabled():
    """Whether results on this thread are inference tensors."""
    return c_is_inference_mode_enabled()


class inference_mode(_Mode):
    """Results never take part in a graph, and their changes are not counted."""

    def __new__(cls, mode=True):
        self = object.__new__(cls)
        if isinstance(mode, bool):
            self.mode = mode
            return self
        self.mode = True
        return self(mode)

    def __enter__(self):
        self._state = c_set_inference_mode(self.mode)

    def __exit__(self, *exception):
        c_restore_inference_mode(self._state)

    def _again(self):
        return inference_mode(self.mode)
