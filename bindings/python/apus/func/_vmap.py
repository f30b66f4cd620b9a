"""A function of single examples, called once for all of them."""

from functools import partial, wraps

from .. import _operators as ops, _shapes
from .._pytree import broadcast, flatten, unflatten
from .._tensor import Tensor
from ._level import NO_DIM, Level


def name_of(func):
    """What messages call a function."""
    if hasattr(func, "__name__"):
        return func.__name__
    if isinstance(func, partial):
        return "functools.partial(%s, ...)" % name_of(func.func)
    return repr(func)


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """A function that calls `func` for all examples at once: `in_dims` says, as a tree or a part of
    one, along which dimension each argument has them, None for what all share; `out_dims` where
    results get them."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got %s"
            % randomness
        )
    if chunk_size is not None and not chunk_size > 0:
        raise ValueError(
            "vmap: chunk_size should be None or greater than 0. (got %s)" % (chunk_size,)
        )

    @wraps(func)
    def wrapper(*args, **kwargs):
        _check_out_dims(func, out_dims)
        leaves, dims, spec = _inputs(func, in_dims, args)
        size = _size(leaves, dims)
        call = partial(_call, func, spec, out_dims, randomness, kwargs)
        if chunk_size is None:
            result = call(leaves, dims, size)
        else:
            result = _in_chunks(call, leaves, dims, size, chunk_size, out_dims)
        from .._callbacks import warn_of_pending

        warn_of_pending()
        return result

    return wrapper


def _check_out_dims(func, out_dims):
    for dim in flatten(out_dims)[0]:
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                "vmap(%s, ..., out_dims=%s): `out_dims` must be an int, None or a python collection "
                "of ints representing where in the outputs the vmapped dimension should appear."
                % (name_of(func), out_dims)
            )


def _inputs(func, in_dims, args):
    """The leaves of the arguments, the dimension of each, and their tree."""
    title = "vmap(%s, in_dims=%s, ...)(<inputs>): " % (name_of(func), in_dims)
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            title + "expected `in_dims` to be int or a (potentially nested) tuple matching the "
            "structure of inputs, got: %s." % type(in_dims)
        )
    if not args:
        raise ValueError(
            "vmap(%s)(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying "
            "to vmap over a function with no inputs. The latter is unsupported." % name_of(func)
        )
    leaves, spec = flatten(args)
    dims = broadcast(in_dims, spec)
    if dims is None:
        raise ValueError(
            title + "in_dims is not compatible with the structure of `inputs`. in_dims has "
            "structure %r but inputs has structure %r." % (flatten(in_dims)[1], spec)
        )
    for i, (leaf, dim) in enumerate(zip(leaves, dims)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                title + "Got in_dim=%s for an input but in_dim must be either an integer dimension "
                "or None." % (dim,)
            )
        if not isinstance(leaf, Tensor):
            raise ValueError(
                title + "Got in_dim=%d for an input but the input is of type %s. We cannot vmap "
                "over non-Tensor arguments, please use None as the respective in_dim"
                % (dim, type(leaf))
            )
        rank = leaf.dim()
        if not -rank <= dim < rank:
            raise ValueError(
                title + "Got in_dim=%d for some input, but that input is a Tensor of "
                "dimensionality %d so expected in_dim to satisfy -%d <= in_dim < %d."
                % (dim, rank, rank, rank)
            )
        dims[i] = dim % rank
    return leaves, dims, spec


def _size(leaves, dims):
    sizes = [leaf.size(dim) for leaf, dim in zip(leaves, dims) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            "%s for the mapped dimension" % sizes
        )
    return sizes[0]


def _call(func, spec, out_dims, randomness, kwargs, leaves, dims, size):
    with Level(size, randomness) as level:
        examples = [
            leaf if dim is None else level.batched(leaf, dim) for leaf, dim in zip(leaves, dims)
        ]
        result = func(*unflatten(examples, spec), **kwargs)
        outputs, out_spec = flatten(result)
        found = [
            _result(func, level, output, dim)
            for output, dim in zip(outputs, _out_dims(func, out_dims, result, out_spec))
        ]
        return unflatten(found, out_spec)


def _out_dims(func, out_dims, result, out_spec):
    if isinstance(result, Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        return list(out_dims)
    dims = broadcast(out_dims, out_spec)
    if dims is None:
        raise ValueError(
            "vmap(%s, ..., out_dims=%s)(<inputs>): out_dims is not compatible with the structure of "
            "`outputs`. out_dims has structure %r but outputs has structure %r."
            % (name_of(func), out_dims, flatten(out_dims)[1], out_spec)
        )
    return dims


def _result(func, level, output, dim):
    name = name_of(func)
    if dim is None:
        if isinstance(output, Tensor) and level.owns(output):
            raise ValueError(
                "vmap(%s, ...): `%s` can not return a BatchedTensor when out_dim is None"
                % (name, name)
            )
        return output
    if not isinstance(output, Tensor):
        raise ValueError(
            "vmap(%s, ...): `%s` must only return Tensors, got type %s. Did you mean to set "
            "out_dims= to None for output?" % (name, name, type(output))
        )
    return level.value(output, dim)


def _in_chunks(call, leaves, dims, size, chunk_size, out_dims):
    parts = []
    for start in range(0, size, chunk_size):
        length = min(chunk_size, size - start)
        chunk = [
            leaf if dim is None else _shapes.narrow(leaf, dim, start, length)
            for leaf, dim in zip(leaves, dims)
        ]
        parts.append(flatten(call(chunk, dims, length)))
    spec = parts[0][1]
    joined = [
        columns[0] if dim is None else ops.cat(columns, dim)
        for columns, dim in zip(zip(*[found for found, _ in parts]), broadcast(out_dims, spec))
    ]
    return unflatten(joined, spec)
