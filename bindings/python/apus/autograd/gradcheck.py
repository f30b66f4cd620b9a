"""Backward passes, gradients, and whether operations are recorded."""

from ctypes import CFUNCTYPE, POINTER, c_char_p, cast

from ._library import B, D, N, P, failure, function, status
from ._runtime import count, handles, pack
from ._tensor import Tensor, _wrap_or_none, wrap

c_backward_opt = status("apus_backward_opt", P, N, P, P)
c_autograd_grad_opt = status("apus_autograd_grad_opt", P, N, P, N, P, P)
c_is_grad_enabled = function("apus_is_grad_enabled", result=B)
c_set_grad_enabled = function("apus_set_grad_enabled", B, result=B)
c_retain = status("apus_retain", P)

_CHOICE = {None: 0, True: 1, False: -1}


# Whether operations are recorded


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
        from functools import wraps

        @wraps(function)
        def wrapper(*arguments, **named):
            with self._again():
                return function(*arguments, **named)

        return wrapper

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


# Backward passes


def _tuple(tensors):
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)


def _gradients(tensors, given):
    """The gradients to begin with, one for each tensor; None for the default."""
    if given is None:
        return None
    given = _tuple(given)
    if len(given) != len(tensors):
        raise RuntimeError("got %d tensors and %d gradients" % (len(tensors), len(given)))
    for gradient in given:
        if gradient is not None and not isinstance(gradient, Tensor):
            raise TypeError(
                "gradients can be either Tensors or None, but got %s" % type(gradient).__name__
            )
    return given


def _address(values):
    """The address of a list for C, which has to be kept meanwhile; 0 when there is none."""
    return cast(c_char_p(values), P).value if values else 0


def backward(
    tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None,
    inputs=None,
):
    """Adds the gradients of the tensors to the leaves that they were computed from, or to `inputs`
    alone."""
    tensors = _tuple(tensors)
    given = _gradients(tensors, grad_tensors if grad_variables is None else grad_variables)
    wanted = b""
    if inputs is not None:
        inputs = _tuple(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        for tensor in inputs:
            if not isinstance(tensor, Tensor):
                raise RuntimeError(
                    "all inputs have to be Tensors or GradientEdges, but got %s"
                    % type(tensor).__name__
                )
        wanted = handles(inputs)
    outputs = handles(tensors)
    options = pack(
        "Ni?PN0q", _CHOICE[retain_graph], create_graph, _address(wanted), count(wanted),
    )
    first = None if given is None else handles(given)
    if c_backward_opt(outputs, count(outputs), first, options):
        raise failure()


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True,
    allow_unused=None, is_grads_batched=False, materialize_grads=False,
):
    """The gradients of the outputs for each input, without adding them to .grad."""
    if is_grads_batched:
        raise NotImplementedError("is_grads_batched is not supported")
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    outputs, inputs = _tuple(outputs), _tuple(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    given = _gradients(outputs, grad_outputs)
    first = None if given is None else handles(given)
    options = pack(
        "NPi?b?0q", _address(first), _CHOICE[retain_graph], create_graph,
        _CHOICE[allow_unused], materialize_grads,
    )
    from_, to = handles(outputs), handles(inputs)
    results = (P * len(inputs))()
    if c_autograd_grad_opt(from_, len(outputs), to, len(inputs), results, options):
        raise failure()
    return tuple([_wrap_or_none(handle) for handle in results])


# Checks


class GradcheckError(RuntimeError):
    """Gradients and central differences disagree."""


def gradcheck(
    func, inputs, *, eps=1e-06, atol=1e-05, rtol=0.001, raise_exception=True, nondet_tol=0.0
):
    """Compares the gradients of a function with central differences."""
    return _check("apus_gradcheck", func, inputs, (eps, atol, rtol, nondet_tol), raise_exception)


def gradgradcheck(
    func, inputs, grad_outputs=None, *, eps=1e-06, atol=1e-05, rtol=0.001, raise_exception=True,
    nondet_tol=0.0,
):
    """Compares the gradients of the gradients of a function with central differences."""
    return _check("apus_gradgradcheck", func, inputs, (eps, atol, rtol, nondet_tol), raise_exception)


def _check(name, func, inputs, tolerances, raise_exception):
    inputs = _tuple(inputs)
    positions = [i for i, value in enumerate(inputs) if isinstance(value, Tensor)]
    raised = []

    def call(payload, given, given_count, slots, size):
        try:
            arguments = list(inputs)
            for i, position in enumerate(positions):
                c_retain(given[i])
                arguments[position] = wrap(given[i])
            outputs = _tuple(func(*arguments))
            if len(outputs) > size[0]:
                raise ValueError("gradcheck takes at most %d outputs" % size[0])
            for i, output in enumerate(outputs):
                if not isinstance(output, Tensor):
                    raise ValueError("gradcheck: the function's outputs must be tensors")
                c_retain(output._handle)  # what a callback gives back is the library's
                slots[i] = output._handle
            size[0] = len(outputs)
            return 0
        except BaseException as problem:
            raised.append(problem)
            return 1

    type_ = CFUNCTYPE(D, P, POINTER(P), N, POINTER(P), POINTER(N))
    check = status(name, type_, P, P, N, P)
    tensors = [inputs[position] for position in positions]
    given = handles(tensors)
    failed = check(type_(call), None, given, count(given), pack("Ndddd", *tolerances))
    if not failed:
        return True
    problem = failure()
    if raised:
        raise raised[0]
    if type(problem) is RuntimeError:
        problem = GradcheckError(str(problem))
    if isinstance(problem, GradcheckError) and not raise_exception:
        return False
    raise problem
