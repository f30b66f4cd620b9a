"""Hooks that see gradients on their way."""

from .._callbacks import (
    callback, borrowed, destroy, fill, given, keep, put, tensors,
)
from .._library import D, N, P, T, failure, function, status
from .._runtime import handles
from .._tensor import Tensor
from ctypes import CFUNCTYPE, c_bool

c_hook_set_name = status("apus_hook_set_name", P, T)
c_hook_remove = status("apus_hook_remove", P)
c_hook_release = status("apus_hook_release", P)


class RemovableHandle:
    """A hook that was registered; as a context manager it removes the hook at the end."""

    __slots__ = ("_handle", "__weakref__")

    def __init__(self, handle, hook):
        if not handle:
            raise failure()
        self._handle = handle
        c_hook_set_name(handle, name_of(hook).encode())

    def __del__(self, release=c_hook_release):
        try:
            release(self._handle)
        except AttributeError:
            pass

    def remove(self):
        """Takes the hook back."""
        if c_hook_remove(self._handle):
            raise failure()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.remove()


def name_of(hook):
    """What messages call a hook."""
    return getattr(hook, "__name__", type(hook).__name__)


def _checked(value):
    if value is not None and not isinstance(value, Tensor):
        raise TypeError("expected Variable, but hook returned '%s'" % type(value).__name__)
    return value


# Of tensors


@callback(P, P)
def _on_gradient(hook, gradient, replacement):
    result = _checked(hook(borrowed(gradient)))
    if result is not None:
        put(replacement, given(result))


@callback(P)
def _on_accumulation(hook, leaf):
    hook(borrowed(leaf))


c_register_hook = function("apus_register_hook", P, P, P, P)
c_register_post_accumulate = function("apus_register_post_accumulate_grad_hook", P, P, P, P)


def register(tensor, hook):
    """Tensor.register_hook"""
    return RemovableHandle(c_register_hook(tensor._handle, _on_gradient, keep(hook), destroy), hook)


def register_post_accumulate(tensor, hook):
    """Tensor.register_post_accumulate_grad_hook"""
    return RemovableHandle(
        c_register_post_accumulate(tensor._handle, _on_accumulation, keep(hook), destroy), hook
    )


# Of nodes


def _replace(hook, result, size, replacements, replaced):
    if result is None:
        return
    result = result if isinstance(result, tuple) else (result,)
    if len(result) != size:
        raise RuntimeError(
            "hook '%s' has returned an incorrect number of values (got %d, but expected %d)"
            % (name_of(hook), len(result), size)
        )
    fill(replacements, [_checked(value) for value in result])
    put(replaced, True, c_bool)


@callback(P, N, P, P)
def _before_node(hook, outputs, size, replacements, replaced):
    gradients = tensors(outputs, size)
    _replace(hook, hook(gradients), size, replacements, replaced)


@callback(P, N, P, N, P, P)
def _after_node(hook, inputs, input_count, outputs, output_count, replacements, replaced):
    gradients = tensors(inputs, input_count), tensors(outputs, output_count)
    _replace(hook, hook(*gradients), input_count, replacements, replaced)


c_node_register_prehook = function("apus_node_register_prehook", P, P, P, P)
c_node_register_hook = function("apus_node_register_hook", P, P, P, P)


def register_before_node(node, hook):
    """Node.register_prehook"""
    return RemovableHandle(
        c_node_register_prehook(node._handle, _before_node, keep(hook), destroy), hook
    )


def register_on_node(node, hook):
    """Node.register_hook"""
    return RemovableHandle(
        c_node_register_hook(node._handle, _after_node, keep(hook), destroy), hook
    )


# Of several tensors, and of passes


@callback(P, N)
def _on_all(hook, gradients, size):
    hook(tensors(gradients, size))


@callback(P, N)
def _on_any(hook, gradients, size):
    hook(next(gradient for gradient in tensors(gradients, size) if gradient is not None))


c_register_multi_grad_hook = function("apus_register_multi_grad_hook", P, N, D, P, P, P)


def register_multi_grad_hook(tensors, fn, *, mode="all"):
    """Calls `fn` once in each pass: with the gradients of all tensors when they are there, None
    for one that nothing reached, or, with mode="any", with the first."""
    modes = ("all", "any")
    if mode not in modes:
        raise ValueError("Expects mode to be one of %s but got %s" % (modes, mode))
    tensors = tuple(tensors)
    return RemovableHandle(
        c_register_multi_grad_hook(
            handles(tensors), len(tensors), modes.index(mode),
            _on_all if mode == "all" else _on_any, keep(fn), destroy,
        ),
        fn,
    )


@callback()
def _at_end(hook):
    hook()


c_queue_callback = status("apus_queue_callback", CFUNCTYPE(D, P), P, P)


def queue_callback(fn):
    """Has `fn()` called at the end of the pass that runs on this thread."""
    if c_queue_callback(_at_end, keep(fn), destroy):
        raise failure()
