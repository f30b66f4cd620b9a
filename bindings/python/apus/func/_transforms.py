"""Derivatives of functions: grad, vjp, jvp, linearize."""

from functools import wraps

from .. import _operators as ops
from .._pytree import flatten, transform, unflatten
from .._tensor import Tensor
from ._level import Level


# Arguments


def positions(argnums, size):
    """The positions that argnums names."""
    if isinstance(argnums, bool) or not isinstance(argnums, (int, tuple)):
        raise RuntimeError("argnums must be int or Tuple[int, ...], got: %s" % type(argnums))
    single = isinstance(argnums, int)
    given = (argnums,) if single else argnums
    if not given:
        raise RuntimeError("argnums must be non-empty")
    found = []
    for argnum in given:
        if not isinstance(argnum, int):
            raise RuntimeError("argnum must be int, got: %s" % type(argnum))
        if not -size <= argnum < size:
            raise RuntimeError("Got argnum=%d, but only %d positional inputs" % (argnum, size))
        found.append(argnum % size)
    if len(set(found)) != len(found):
        raise RuntimeError("argnums elements must be unique, got %s" % (argnums,))
    return found, single


def chosen(args, argnums):
    """The arguments that argnums names, as a tree."""
    found, single = positions(argnums, len(args))
    return args[found[0]] if single else tuple([args[i] for i in found])


def replaced(args, argnums, values):
    """The arguments with others in place of those."""
    found, single = positions(argnums, len(args))
    args = list(args)
    for i, value in zip(found, (values,) if single else values):
        args[i] = value
    return args


def split(result, has_aux, api):
    """A result and what comes beside it."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            "%s: output of function f should be a tuple: (output, aux) if has_aux is True" % api
        )
    return result


def _checked_outputs(output, api, words="Expected f to be a function that has non-empty output"):
    leaves, spec = flatten(output)
    if not leaves:
        raise RuntimeError("%s: %s (got output = %s)" % (api, words, output))
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                "%s: expected f(*primals) to return only tensors, got unsupported type %s"
                % (api, type(leaf))
            )
    return leaves, spec


# Reverse mode


def grad_and_value(func, argnums=0, has_aux=False):
    """A function that gives the gradient of `func`, whose result is a single number, and its
    result."""

    @wraps(func)
    def wrapper(*args, **kwargs):
        inputs, spec = flatten(chosen(args, argnums))
        with Level() as level:
            variables = [level.variable(tensor) for tensor in inputs]
            arguments = replaced(args, argnums, unflatten(variables, spec))
            output, aux = split(func(*arguments, **kwargs), has_aux, "grad_and_value(f)(*args)")
            if not isinstance(output, Tensor):
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got %s"
                    % type(output)
                )
            if output.dim():
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got "
                    "tensor with %d dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                    % output.dim()
                )
            gradients = unflatten(level.gradients([output], variables), spec)
            value = level.value(output)
            return gradients, (value, transform(level.value, aux)) if has_aux else value

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of `func`, whose result is a single number, for the
    arguments of some positions."""
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def wrapper(*args, **kwargs):
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return wrapper


def vjp(func, *primals, has_aux=False):
    """The result of `func`, and a function from gradients of the result to gradients of the
    arguments."""
    inputs, in_spec = flatten(primals)
    with Level() as level:
        variables = [level.variable(tensor) for tensor in inputs]
        result, aux = split(func(*unflatten(variables, in_spec)), has_aux, "vjp(f, *primals)")
        outputs, out_spec = _checked_outputs(result, "vjp(f, *primals)")
        for output in outputs:
            if not output.is_floating_point():
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got "
                    "Tensor with dtype %s" % output.dtype
                )
        values = unflatten([level.value(output) for output in outputs], out_spec)
        aux = transform(level.value, aux)

    def pullback(*cotangents, retain_graph=True, create_graph=None):
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        seeds, spec = flatten(given)
        if spec != out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                "outputs to the function. cotangents: %r, primal output: %r" % (spec, out_spec)
            )
        return unflatten(level.gradients(outputs, variables, seeds, retain_graph), in_spec)

    return (values, pullback, aux) if has_aux else (values, pullback)


# Forward mode


def _checked_elements(elements, api, name):
    if not isinstance(elements, tuple):
        raise RuntimeError(
            "%s: Expected %s to be a tuple. E.g. it should be valid to call f(*primals)."
            % (api, name)
        )
    leaves, spec = flatten(elements)
    if not leaves:
        raise RuntimeError("%s: Expected %s to contain at least one Tensor." % (api, name))
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                "%s: Expected %s to only contain Tensors, got %s" % (api, name, type(leaf))
            )
    return leaves, spec


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """The result of `func`, and its derivative in the direction of the tangents."""
    api = "jvp(f, primals, tangents)"
    inputs, spec = _checked_elements(primals, api, "primals")
    directions, tangents_spec = flatten(tangents)
    if spec != tangents_spec:
        raise RuntimeError(
            "%s: Expected primals and tangents to have the same python structure. For example, if "
            "primals is a tuple of 3 tensors, tangents also must be. Got primals with structure %r "
            "and tangents with structure %r" % (api, spec, tangents_spec)
        )
    _checked_elements(tangents, api, "tangents")
    with Level() as level:
        duals = [level.dual(primal, tangent) for primal, tangent in zip(inputs, directions)]
        result, aux = split(func(*unflatten(duals, spec)), has_aux, api)
        outputs, out_spec = _checked_outputs(result, api)
        found = []
        for output in outputs:
            tangent = level.tangent(output)
            if tangent is None:
                if strict:
                    raise RuntimeError(
                        "jvp(f, primals, tangents, strict=True): The output of f is independent of "
                        "the inputs. This is not allowed with strict=True."
                    )
                tangent = ops.zeros_like(level.value(output))
            found.append(tangent)
        values = unflatten([level.value(output) for output in outputs], out_spec)
        results = values, unflatten(found, out_spec)
        return (*results, transform(level.value, aux)) if has_aux else results


def linearize(func, *primals):
    """The result of `func`, and its derivative as a function of the direction, which does not call
    `func` again."""
    inputs, in_spec = flatten(primals)
    with Level() as level:
        # The gradient as a function of the cotangent is linear: its own gradient is the derivative.
        values, pullback = vjp(func, *primals)
        outputs, out_spec = flatten(values)
        seeds = [level.variable(ops.zeros_like(level.value(output))) for output in outputs]
        given = unflatten(seeds, out_spec)
        transposed, _ = flatten(pullback(given))
        values = unflatten([level.value(output) for output in outputs], out_spec)

    def pushforward(*tangents):
        directions, spec = flatten(tangents)
        if spec != in_spec:
            raise RuntimeError(
                "Expected the tangents %r to have the same argspec as the primals %r"
                % (spec, in_spec)
            )
        for i, (tangent, primal) in enumerate(zip(directions, inputs)):
            for what in ("shape", "dtype"):
                if getattr(tangent, what) != getattr(primal, what):
                    raise RuntimeError(
                        "tangent:%d with %s %s in flattened pytree doesn't match the %s %s of the "
                        "corresponding primal."
                        % (i, what, getattr(tangent, what), what, getattr(primal, what))
                    )
        return unflatten(level.gradients(transposed, seeds, directions, True), out_spec)

    return values, pushforward
