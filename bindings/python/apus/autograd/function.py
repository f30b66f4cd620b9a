"""Operations with derivatives of the program's own."""

from ctypes import byref, c_size_t, c_void_p, cast

from .._callbacks import (
    callback, destroy, fill, integers_at, keep, put, tensors, warn_of_pending,
)
from .._library import D, I, N, P, failure, status
from .._runtime import handles, pack
from .._tensor import Tensor, c_is_same, wrap
from ._context import FunctionCtx

c_custom_apply = status("apus_custom_apply", P, P, P, P, N, P, P)

_ROOM = 4096
_NO_DIM = -(1 << 63)
_RANDOMNESS = ("error", "same", "different")


class VmapInfo(tuple):
    """What a rule for vmap is told of it."""

    __slots__ = ()

    batch_size = property(lambda self: self[0])
    randomness = property(lambda self: self[1])

    def __repr__(self):
        return "VmapInfo(batch_size=%d, randomness=%r)" % self


class _Call:
    """One call of a function: which arguments and results are tensors, and, as long as it goes on,
    the others."""

    def __init__(self, kind, arguments):
        self.kind = kind
        self.arguments = arguments
        self.is_tensor = [isinstance(argument, Tensor) for argument in arguments]
        self.results = None
        self.is_result = ()
        self.is_single = False

    def given(self, address, size):
        """The arguments with C's tensors among them: the caller's objects where these are they."""
        found, filled = list(self.arguments), iter(tensors(address, size))
        for i, is_tensor in enumerate(self.is_tensor):
            if is_tensor:
                tensor = next(filled)
                if not c_is_same(tensor._handle, found[i]._handle):
                    found[i] = tensor
        return found

    def spread(self, address, size):
        """C's tensors, with None where an argument is not a tensor."""
        filled = iter(tensors(address, size))
        return [next(filled) if is_tensor else None for is_tensor in self.is_tensor]

    def give(self, result, outputs, count):
        """Hands the results of forward over to C."""
        self.is_single = not isinstance(result, tuple)
        result = (result,) if self.is_single else result
        self.is_result = [isinstance(value, Tensor) for value in result]
        self.results = [None if is_ else value for value, is_ in zip(result, self.is_result)]
        if self.is_single and not self.is_result[0]:
            raise TypeError(
                "%s.forward: expected Tensor or tuple of Tensor (got %s) for return value 0"
                % (self.kind.__name__, type(result[0]).__name__)
            )
        found = [value for value, is_ in zip(result, self.is_result) if is_]
        if len(found) > c_size_t.from_address(count).value:
            raise RuntimeError("a function may return %d tensors at most" % _ROOM)
        fill(outputs, found)
        put(count, len(found), c_size_t)

    def result(self, found):
        """What forward returned, with these tensors in it."""
        filled = iter(found)
        values = [
            next(filled) if is_ else value for value, is_ in zip(self.results, self.is_result)
        ]
        return values[0] if self.is_single else tuple(values)


def _only(values, is_tensor):
    """Those of one value for each argument or result that are for tensors."""
    return [value for value, is_ in zip(values, is_tensor) if is_]


# What C calls


@callback(P, P, N, P, P)
def _forward(call, context, inputs, size, outputs, count):
    arguments = call.given(inputs, size)
    if context:
        with FunctionCtx._of(context, call) as ctx:
            result = call.kind.forward(ctx, *arguments)
    else:
        result = call.kind.forward(*arguments)
    call.give(result, outputs, count)


@callback(P, P, N, P, N)
def _setup_context(call, context, inputs, input_count, outputs, output_count):
    result = call.result(tensors(outputs, output_count))
    with FunctionCtx._of(context, call) as ctx:
        call.kind.setup_context(ctx, tuple(call.given(inputs, input_count)), result)


@callback(P, P, N, P, N)
def _backward(call, context, gradients, size, results, input_count):
    kind = call.kind
    has_backward, has_vjp = kind.backward is not Function.backward, kind.vjp is not Function.vjp
    if has_backward and has_vjp:
        raise RuntimeError(
            "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
            "should only implement one of them."
        )
    filled = iter(tensors(gradients, size))
    given = [next(filled) if is_ else None for is_ in call.is_result]
    with FunctionCtx._of(context, call) as ctx:
        found = (kind.vjp if has_vjp else kind.backward)(ctx, *given)
    found = found if isinstance(found, tuple) else (found,)
    name, expected = kind.__name__ + "Backward", len(call.is_tensor)
    if len(found) < expected or any(value is not None for value in found[expected:]):
        raise RuntimeError(
            "function %s returned an incorrect number of gradients (expected %d, got %d)"
            % (name, expected, len(found))
        )
    for position, (value, is_tensor) in enumerate(zip(found, call.is_tensor), 1):
        if value is None:
            continue
        if not is_tensor:
            raise RuntimeError(
                "function %s returned a gradient different than None at position %d, but the "
                "corresponding forward input was not a Variable" % (name, position)
            )
        if not isinstance(value, Tensor):
            raise RuntimeError("expected Variable or None (got %s)" % type(value).__name__)
    fill(results, _only(found, call.is_tensor))


@callback(P, P, N, P, N)
def _jvp(call, context, tangents, input_count, results, output_count):
    with FunctionCtx._of(context, call) as ctx:
        found = call.kind.jvp(ctx, *call.spread(tangents, input_count))
    found = found if isinstance(found, tuple) else (found,)
    if len(found) != len(call.is_result):
        raise RuntimeError(
            "%s.jvp returned an incorrect number of tangents (expected %d, got %d)"
            % (call.kind.__name__, len(call.is_result), len(found))
        )
    fill(results, _only(found, call.is_result))


@callback(I, D, P, P, N, P, P, P)
def _vmap(call, batch_size, randomness, in_dims, inputs, size, outputs, count, out_dims):
    dims = iter(integers_at(in_dims, size))
    in_dims = [next(dims) if is_tensor else None for is_tensor in call.is_tensor]
    in_dims = tuple([None if dim == _NO_DIM else dim for dim in in_dims])
    info = VmapInfo((batch_size, _RANDOMNESS[randomness]))
    returned = call.kind.vmap(info, in_dims, *call.given(inputs, size))
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with "
            "pytree structure compatible with the output. Got a %s with %s returns" % (
                type(returned).__name__,
                len(returned) if isinstance(returned, tuple) else 1,
            )
        )
    result, dims = returned
    call.give(result, outputs, count)
    if not isinstance(dims, (tuple, list)):
        dims = (dims,) * len(call.is_result)
    target = integers_at(out_dims, sum(call.is_result))
    for i, dim in enumerate(dim for dim, is_ in zip(dims, call.is_result) if is_):
        target[i] = _NO_DIM if dim is None else dim


_FORWARD, _SETUP, _BACKWARD, _JVP, _VMAP = [
    cast(function_, c_void_p).value
    for function_ in (_forward, _setup_context, _backward, _jvp, _vmap)
]


class Function:
    """An operation with a derivative of its own: a subclass has static methods forward(ctx, *args)
    and backward(ctx, *grads), or forward(*args), setup_context(ctx, inputs, output) and
    backward(ctx, *grads), and is called by its apply()."""

    generate_vmap_rule = False

    def __init__(self, *arguments, **named):
        import warnings

        warnings.warn(
            "%s should not be instantiated. Methods on autograd functions are all static, so you "
            "should invoke them on the class itself. Instantiating an autograd function will raise "
            "an error in a future version of PyTorch." % type(self),
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *arguments, **named):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*arguments, **named):
        """The results."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Saves what derivatives need, in place of forward."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """The gradients of the arguments from those of the results."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    @staticmethod
    def vjp(ctx, *grad_outputs):
        """Another name of backward."""
        return Function.backward(ctx, *grad_outputs)

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """The tangents of the results from those of the arguments."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info, in_dims, *args):
        """The results for all examples at once, and where these are in them."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args, **kwargs):
        """Calls the function."""
        is_new = cls.setup_context is not Function.setup_context
        if kwargs or is_new:
            args = _bound(cls.forward, args, kwargs, is_new)
        call = _Call(cls, args)
        gradient = cls.vjp if cls.vjp is not Function.vjp else cls.backward
        name = cls.__name__.encode()
        given = handles([a for a, is_tensor in zip(args, call.is_tensor) if is_tensor])
        options = pack(
            "NPPPPPP??0q", cast(name, c_void_p).value, _FORWARD, _SETUP if is_new else 0,
            _BACKWARD if gradient is not Function.backward else 0,
            _JVP if cls.jvp is not Function.jvp else 0,
            _VMAP if cls.vmap is not Function.vmap else 0,
            bool(cls.generate_vmap_rule), getattr(gradient, "_is_once", False),
        )
        found, count = (P * _ROOM)(), N(_ROOM)
        failed = c_custom_apply(
            options, keep(call), destroy, given, len(given) >> 3, found, byref(count)
        )
        problem = failure() if failed else None
        call.arguments = ()
        warn_of_pending()
        if problem is not None:
            raise problem
        result = call.result([_same(handle, args) for handle in found[: count.value]])
        call.results = [None] * len(call.results)
        return result


def _bound(forward, args, kwargs, is_new):
    """Positional arguments for those by name and by default."""
    from inspect import signature

    try:
        bound = signature(forward).bind(*(args if is_new else (None,) + args), **kwargs)
    except ValueError:  # nothing is known of the function
        return args
    bound.apply_defaults()
    return bound.args if is_new else bound.args[1:]


def _same(handle, arguments):
    """The argument that a result is, or a new object."""
    result = wrap(handle)
    for argument in arguments:
        if isinstance(argument, Tensor) and c_is_same(argument._handle, result._handle):
            return argument
    return result


def once_differentiable(fn):
    """Marks a backward that computes with something other than operations: what it returns can't
    be differentiated."""
    from functools import wraps

    @wraps(fn)
    def wrapper(ctx, *gradients):
        return fn(ctx, *gradients)

    wrapper._is_once = True
    return wrapper
