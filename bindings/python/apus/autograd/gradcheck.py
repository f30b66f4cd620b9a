"""Gradients compared with central differences."""

from ctypes import c_size_t

from .._callbacks import borrowed, callback, destroy, fill, keep, put, slots, warn_of_pending
from .._library import N, P, failure, status
from .._runtime import handles, pack
from .._tensor import Tensor
from ._backward import address, listed

c_gradcheck = status("apus_gradcheck", P, P, P, N, P)
c_gradgradcheck = status("apus_gradgradcheck", P, P, P, N, P)

_CHOICE = {None: 0, True: 1, False: -1}


class GradcheckError(RuntimeError):
    """Gradients and central differences disagree."""


def gradcheck(
    func, inputs, *, eps=1e-06, atol=1e-05, rtol=0.001, raise_exception=True, nondet_tol=0.0,
    check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
    check_batched_forward_grad=False, check_forward_ad=False, check_backward_ad=True,
    fast_mode=False, masked=None,
):
    """Compares the gradients of a function with central differences."""
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError(
            "Expected at least one of check_forward_ad or check_backward_ad to be True"
        )
    if check_batched_grad and not check_backward_ad:
        raise AssertionError(
            "Setting check_batched_grad=True requires check_backward_ad to be True"
        )
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError(
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True"
        )
    return _check(
        c_gradcheck, func, inputs, (eps, atol, rtol, nondet_tol),
        (
            check_undefined_grad and check_backward_ad, check_grad_dtypes, check_batched_grad,
            check_batched_forward_grad, check_forward_ad, check_backward_ad, fast_mode,
        ),
        raise_exception,
    )


def gradgradcheck(
    func, inputs, grad_outputs=None, *, eps=1e-06, atol=1e-05, rtol=0.001,
    gen_non_contig_grad_outputs=False, raise_exception=True, nondet_tol=0.0,
    check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
    check_fwd_over_rev=False, check_rev_over_rev=True, fast_mode=False, masked=False,
):
    """Compares the gradients of the gradients of a function with central differences."""
    return _check(
        c_gradgradcheck, func, inputs, (eps, atol, rtol, nondet_tol),
        (
            check_undefined_grad, check_grad_dtypes, check_batched_grad, False,
            check_fwd_over_rev, check_rev_over_rev, fast_mode,
        ),
        raise_exception, grad_outputs,
    )


@callback(P, N, P, P)
def _call(check, given, size, outputs, count):
    func, inputs, positions = check
    arguments = list(inputs)
    for position, handle in zip(positions, slots(given, size)):
        arguments[position] = borrowed(handle)
    result = listed(func(*arguments))
    if len(result) > c_size_t.from_address(count).value:
        raise ValueError("gradcheck takes at most %d outputs" % c_size_t.from_address(count).value)
    for output in result:
        if not isinstance(output, Tensor):
            raise ValueError("gradcheck: the function's outputs must be tensors")
    fill(outputs, result)
    put(count, len(result), c_size_t)


def _check(check, func, inputs, tolerances, choices, raise_exception, grad_outputs=None):
    inputs = listed(inputs)
    positions = [i for i, value in enumerate(inputs) if isinstance(value, Tensor)]
    tensors = [inputs[position] for position in positions]
    given = handles(tensors)
    seeds = b"" if grad_outputs is None else handles(listed(grad_outputs))
    options = pack(
        "NddddiiiiiiiPN0q", *tolerances, *[_CHOICE[bool(choice)] for choice in choices],
        address(seeds), len(seeds) >> 3,
    )
    payload = keep((func, inputs, positions))
    try:
        failed = check(_call, payload, given, len(tensors), options)
    finally:
        destroy(payload)
    problem = failure() if failed else None
    warn_of_pending(4)
    if problem is None:
        return True
    # What the function itself raised is not ours.
    if type(problem) is RuntimeError and problem.__traceback__ is None:
        if "has a dimension with stride 0" not in str(problem):
            problem = GradcheckError(str(problem))
    if isinstance(problem, GradcheckError) and not raise_exception:
        return False
    raise problem
