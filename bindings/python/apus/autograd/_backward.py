"""Backward passes."""

import warnings
from ctypes import c_char_p, cast
from struct import pack as struct_pack

from .._callbacks import warn_of_pending
from .._library import N, P, failure, status
from .._runtime import count, pack
from .._tensor import Tensor, _wrap_or_none
from ._edges import GradientEdge

c_backward_opt = status("apus_backward_opt", P, N, P, P)
c_autograd_grad_opt = status("apus_autograd_grad_opt", P, N, P, N, P, P)

_CHOICE = {None: 0, True: 1, False: -1}


def listed(values):
    """One or several tensors or edges as a tuple."""
    return (values,) if isinstance(values, (Tensor, GradientEdge)) else tuple(values)


class _Ends:
    """Where a pass begins or ends, for C: tensors, or edges in their place."""

    def __init__(self, values):
        # What C gets addresses of has to live as long as the call.
        self.values = values
        is_edge = [isinstance(value, GradientEdge) for value in values]
        self.tensors = struct_pack(
            "%dQ" % len(values),
            *[0 if edge else value._handle for value, edge in zip(values, is_edge)],
        )
        self.nodes = self.numbers = b""
        if any(is_edge):
            self.nodes = struct_pack(
                "%dQ" % len(values),
                *[value.node._handle if edge else 0 for value, edge in zip(values, is_edge)],
            )
            self.numbers = struct_pack(
                "%dq" % len(values),
                *[value.output_nr if edge else 0 for value, edge in zip(values, is_edge)],
            )


def address(values):
    """The address of a list for C, which has to be kept meanwhile; 0 when there is none."""
    return cast(c_char_p(values), P).value if values else 0


def _gradients(outputs, given):
    """The gradients to begin with, one for each output; None for the default."""
    if given is None:
        return None
    given = listed(given)
    if len(given) != len(outputs):
        raise RuntimeError("got %d tensors and %d gradients" % (len(outputs), len(given)))
    for gradient in given:
        if gradient is not None and not isinstance(gradient, Tensor):
            raise TypeError(
                "gradients can be either Tensors or None, but got %s" % type(gradient).__name__
            )
    return struct_pack("%dQ" % len(given), *[0 if g is None else g._handle for g in given])


def _check_kinds(values):
    for value in values:
        if not isinstance(value, (Tensor, GradientEdge)):
            raise RuntimeError(
                "all inputs have to be Tensors or GradientEdges, but got %s"
                % type(value).__name__
            )


def _raise(failed):
    """After a pass: the library's warnings, and its error."""
    problem = failure() if failed else None
    warn_of_pending(4)
    if problem is not None:
        raise problem


_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter "
    "and its gradient which can cause a memory leak. We recommend using autograd.grad when "
    "creating the graph to avoid this. If you have to use this function, make sure to reset the "
    ".grad fields of your parameters to None after use to break the cycle and avoid the leak."
)


def backward(
    tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None,
    inputs=None,
):
    """Adds the gradients of the tensors to the leaves that they were computed from, or to `inputs`
    alone."""
    tensors = listed(tensors)
    given = _gradients(tensors, grad_tensors if grad_variables is None else grad_variables)
    wanted = None
    if inputs is not None:
        inputs = tuple(inputs.values()) if isinstance(inputs, dict) else listed(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        _check_kinds(inputs)
        wanted = _Ends(inputs)
    _check_kinds(tensors)
    outputs = _Ends(tensors)
    options = pack(
        "Ni?PNPPPP0q", _CHOICE[retain_graph], bool(create_graph),
        address(wanted and wanted.tensors), count(wanted and wanted.tensors),
        address(outputs.nodes), address(outputs.numbers),
        address(wanted and wanted.nodes), address(wanted and wanted.numbers),
    )
    if create_graph:
        warnings.warn(_CYCLE, stacklevel=2)
    _raise(c_backward_opt(outputs.tensors, len(tensors), given, options))


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True,
    allow_unused=None, is_grads_batched=False, materialize_grads=False,
):
    """The gradients of the outputs for each input, without adding them to .grad; a dict of them
    when `inputs` is one."""
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    names = None
    if isinstance(inputs, dict):
        names, inputs = tuple(inputs), tuple(inputs.values())
    outputs, inputs = listed(outputs), listed(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    _check_kinds(inputs)
    _check_kinds(outputs)
    given = _gradients(outputs, grad_outputs)
    from_, to = _Ends(outputs), _Ends(inputs)
    options = pack(
        "NPi?b??PPPP0q", address(given), _CHOICE[retain_graph], bool(create_graph),
        _CHOICE[allow_unused], bool(materialize_grads), bool(is_grads_batched),
        address(from_.nodes), address(from_.numbers), address(to.nodes), address(to.numbers),
    )
    results = (P * len(inputs))()
    _raise(
        c_autograd_grad_opt(
            from_.tensors, len(outputs), to.tensors, len(inputs), results, options
        )
    )
    results = tuple([_wrap_or_none(handle) for handle in results])
    return results if names is None else dict(zip(names, results))
