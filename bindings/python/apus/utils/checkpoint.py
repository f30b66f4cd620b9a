"""Computing again instead of keeping: torch.utils.checkpoint."""

import warnings
from contextlib import nullcontext
from ctypes import byref, c_size_t

from .._callbacks import callback, destroy, fill, keep, put, tensors, warn_of_pending
from .._library import N, P, failure, status
from .._pytree import flatten, unflatten
from .._runtime import handles, pack
from .._tensor import Tensor, c_is_same, wrap

c_checkpoint = status("apus_checkpoint", P, P, P, P, N, P, P, P)

_ROOM = 4096
_CHOICE = {True: 1, False: -1}


class CheckpointError(RuntimeError):
    """What was computed again is not what was computed before."""


def noop_context_fn():
    """Two contexts that do nothing."""
    return nullcontext(), nullcontext()


class _Call:
    """A function with its arguments, whatever they are, as C calls it: first, and once more."""

    def __init__(self, function, arguments, named, contexts):
        self.function = function
        self.contexts = iter(contexts)
        self.last = contexts[-1]
        self.values, self.spec = flatten((tuple(arguments), dict(named)))
        self.places = [i for i, value in enumerate(self.values) if isinstance(value, Tensor)]
        self.inputs = [self.values[i] for i in self.places]
        self.result = None

    def run(self, given):
        """What the function returns."""
        values = list(self.values)
        for i, tensor in zip(self.places, given):
            if not c_is_same(tensor._handle, values[i]._handle):
                values[i] = tensor
        arguments, named = unflatten(values, self.spec)
        with next(self.contexts, self.last):
            return self.function(*arguments, **named)


@callback(P, N, P, P)
def _run(call, inputs, size, outputs, count):
    values, spec = flatten(call.run(tensors(inputs, size)))
    found = [value for value in values if isinstance(value, Tensor)]
    if call.result is None:
        call.result = values, spec
    if len(found) > c_size_t.from_address(count).value:
        raise RuntimeError("a checkpointed function may return %d tensors at most" % _ROOM)
    fill(outputs, found)
    put(count, len(found), c_size_t)


def checkpoint(
    function=None, *args, use_reentrant=None, preserve_rng_state=True, context_fn=noop_context_fn,
    determinism_check="default", debug=False, early_stop=True, respect_saved_tensors_hooks=None,
    **kwargs,
):
    """Calls a function and keeps its arguments instead of what its operations save, which the
    backward pass computes by calling it once more. `use_reentrant` makes no difference."""
    if use_reentrant is None:
        warnings.warn(_UNSAID % ("", "calling checkpoint without use_reentrant will raise an "
                                 "exception"), stacklevel=2)
        use_reentrant = True
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug or respect_saved_tensors_hooks is not None:
            raise ValueError(
                "Passing `context_fn`, `debug`, or `respect_saved_tensors_hooks` is only supported "
                "when use_reentrant=False."
            )
    if determinism_check not in ("default", "none"):
        raise ValueError(
            "determinism_check should be one of ['default', 'none'], but got %s"
            % determinism_check
        )
    call = _Call(function, args, kwargs, context_fn())
    options = pack(
        "Niii0q", _CHOICE[bool(preserve_rng_state)], _CHOICE[determinism_check == "default"],
        _CHOICE[bool(early_stop)],
    )
    found, count = (P * _ROOM)(), N(_ROOM)
    failed = c_checkpoint(
        _run, keep(call), destroy, handles(call.inputs), len(call.inputs), found, byref(count),
        options,
    )
    problem = failure() if failed else None
    warn_of_pending()
    if problem is not None:
        raise problem
    given = iter([wrap(handle) for handle in found[: count.value]])
    values, spec = call.result
    call.result = (), None  # what is computed again is C's alone
    return unflatten(
        [next(given) if isinstance(value, Tensor) else value for value in values], spec
    )


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """The functions one after the other, in segments of which all but the last are checkpoints."""
    if use_reentrant is None:
        warnings.warn(_UNSAID % (
            ".checkpoint_sequential",
            "we will raise an exception if use_reentrant is not passed",
        ), stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions)
    size = len(functions) // segments

    def run(start, end):
        def segment(value):
            for function in functions[start:end]:
                value = function(value)
            return value

        return segment

    for k in range(segments - 1):
        input = checkpoint(
            run(k * size, (k + 1) * size), input, use_reentrant=use_reentrant,
            preserve_rng_state=preserve,
        )
    return run((segments - 1) * size, len(functions))(input)


_UNSAID = (
    "torch.utils.checkpoint%s: the use_reentrant parameter should be passed explicitly. In a future"
    " release, %s. use_reentrant=False is recommended, but if you need to preserve the current "
    "default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
    "differences between the two variants."
)
