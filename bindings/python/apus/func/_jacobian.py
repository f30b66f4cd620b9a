"""Jacobians and Hessians, all rows or all columns at once."""

from functools import wraps

from .. import _operators as ops
from .._pytree import flatten, unflatten
from ._transforms import chosen, jvp, replaced, vjp
from ._vmap import vmap


def _basis(tensor):
    """For each element a tensor of the same shape that is one there and zero elsewhere."""
    size = tensor.numel()
    return ops.eye(size, dtype=tensor.dtype).reshape((size, *tensor.shape))


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    """A function that gives the Jacobian of `func` by reverse mode: for each result, with its sizes
    followed by those of the argument."""
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @wraps(func)
    def wrapper(*args, **kwargs):
        def selected(*primals):
            values = primals[0] if len(primals) == 1 and isinstance(argnums, int) else primals
            return func(*replaced(args, argnums, values), **kwargs)

        given = chosen(args, argnums)
        primals = (given,) if isinstance(argnums, int) else given
        value, pullback, *aux = vjp(selected, *primals, has_aux=has_aux)
        outputs, out_spec = flatten(value)
        inputs, in_spec = flatten(given)
        rows = []
        for i, output in enumerate(outputs):

            def row(seed):
                seeds = [
                    seed if j == i else ops.zeros_like(other) for j, other in enumerate(outputs)
                ]
                return flatten(pullback(unflatten(seeds, out_spec)))[0]

            found = vmap(row, chunk_size=chunk_size)(_basis(output))
            parts = [
                part.reshape((*output.shape, *tensor.shape)) for part, tensor in zip(found, inputs)
            ]
            rows.append(unflatten(parts, in_spec))
        result = unflatten(rows, out_spec)
        return (result, *aux) if has_aux else result

    return wrapper


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """The same by forward mode."""

    @wraps(func)
    def wrapper(*args, **kwargs):
        given = chosen(args, argnums)
        inputs, in_spec = flatten(given)
        columns = []
        for i, tensor in enumerate(inputs):

            def along(*dual):
                values = list(inputs)
                values[i] = dual[0]
                return func(*replaced(args, argnums, unflatten(values, in_spec)), **kwargs)

            def column(direction):
                return jvp(along, (tensor,), (direction,), has_aux=has_aux)[1:]

            dims = (-1, None) if has_aux else -1
            found = vmap(column, out_dims=dims, randomness=randomness)(_basis(tensor))
            outputs, out_spec = flatten(found[0])
            columns.append(
                [output.reshape((*output.shape[:-1], *tensor.shape)) for output in outputs]
            )
        rows = [unflatten(row, in_spec) for row in zip(*columns)]
        result = unflatten(rows, out_spec)
        return (result, found[1]) if has_aux else result

    return wrapper


def hessian(func, argnums=0):
    """A function that gives the second derivatives of `func`: forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)
