"""`out=`, and where and how a factory's tensor is to lie in memory."""

import warnings
from itertools import chain

from ._library import B, function
from ._tensor import Tensor
from ._types import (
    DTYPES, casts, check_device, code, layout as layout_class, preserve_format, strided,
)

_is_grad_enabled = function("apus_is_grad_enabled", result=B)

_RESIZED = (
    "An output with one or more elements was resized since it had shape %s, which does not match "
    "the required output shape %s. This behavior is deprecated, and in a future PyTorch release "
    "outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
    "tensor t by resizing it, inplace, to zero elements with t.resize_(0)."
)
_NO_GRADIENT = (
    "%s(): functions with out=... arguments don't support automatic differentiation, but one of "
    "the arguments requires grad."
)


_REPEATED = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory "
    "location. Please clone() the tensor before performing the operation."
)
#: What may not write where it reads.
_SEPARATE = frozenset("cat gather index_select kthvalue masked_select scatter take take_along_dim".split())
_OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a "
    "single memory location. Please clone() the tensor before performing the operation."
)


def into(out, call, *arguments, **options):
    """The result of a function in `out`, converted to its dtype where promotion allows that."""
    return _filled(out, call, arguments, options, False)


def into_exactly(out, call, *arguments, **options):
    """The same for functions whose result `out` has to have the dtype of."""
    return _filled(out, call, arguments, options, True)


def _filled(out, call, arguments, options, is_exact):
    name = call.__name__
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    for value in outs:
        if not isinstance(value, Tensor):
            raise TypeError(
                "%s(): argument 'out' must be Tensor, not %s" % (name, type(value).__name__)
            )
    if _is_grad_enabled():
        for value in chain(outs, _tensors(arguments), _tensors(options.values())):
            if value.requires_grad:
                raise RuntimeError(_NO_GRADIENT % name)
    for value in outs:
        if any(size > 1 and not stride for size, stride in zip(value.shape, value.stride())):
            raise RuntimeError(_REPEATED)
    if name == "aminmax" and len(outs) == 2 and _overlap(*outs):
        raise ValueError("aminmax(): the `min` and `max` out= tensors must not overlap.")
    if name in _SEPARATE:
        for value in chain(_tensors(arguments), _tensors(options.values())):
            if any(_overlap(value, own) for own in outs):
                raise RuntimeError(_OVERLAP)
    result = call(*arguments, **options)
    if isinstance(result, Tensor):
        if isinstance(out, (tuple, list)):
            raise TypeError(
                "%s(): argument 'out' must be Tensor, not %s" % (name, type(out).__name__)
            )
        return _store(name, out, result, is_exact)
    if not isinstance(out, (tuple, list)) or len(outs) != len(result):
        raise TypeError(
            "%s(): argument 'out' must be tuple of %d Tensors, not %s"
            % (name, len(result), type(out).__name__)
        )
    stored = [_store(name, own, value, is_exact) for own, value in zip(outs, result)]
    return type(result)(stored)


def _overlap(a, b):
    """Whether two tensors have memory in common."""
    (start, end), (other_start, other_end) = _extent(a), _extent(b)
    return start < other_end and other_start < end


def _extent(tensor):
    """Where a tensor's memory begins and ends; nowhere when it has no elements."""
    start = tensor.data_ptr()
    if not tensor.numel():
        return start, start
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride()))
    return start, start + (last + 1) * tensor.element_size()


def _tensors(values):
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _tensors(value)


def _store(name, out, result, is_exact):
    source, target = result.dtype, out.dtype
    if source is not target:
        if is_exact and name in ("complex", "polar"):
            raise RuntimeError(
                "Expected object of scalar type %s but got scalar type %s for argument 'out'"
                % (source.type_name[:-6], target.type_name[:-6])
            )
        if is_exact and name in ("amax", "amin"):
            raise RuntimeError(
                "Expected the dtype for input and out to match, but got %s for input's dtype and %s "
                "for out's dtype." % (source.type_name[:-6], target.type_name[:-6])
            )
        if is_exact:
            raise RuntimeError(
                "Expected out tensor to have dtype %s, but got %s instead"
                % (source.element_name, target.element_name)
            )
        if not casts(source, target):
            raise RuntimeError(
                "result type %s can't be cast to the desired output type %s"
                % (source.type_name[:-6], target.type_name[:-6])
            )
    shape = result.shape
    if out.shape != shape:
        if out.numel():
            warnings.warn(_RESIZED % (list(out.shape), list(shape)), stacklevel=4)
        out.resize_(tuple(shape))
    out.copy_(result)
    return out


def dtype_of(out, dtype):
    """The dtype of a factory's result, which is that of `out`."""
    if isinstance(out, Tensor):
        if dtype is None:
            return out.dtype
        wanted = DTYPES[code(dtype)]
        if wanted is not out.dtype:
            raise RuntimeError(
                "dtype %s does not match dtype of out parameter (%s)"
                % (wanted.type_name[:-6], out.dtype.type_name[:-6])
            )
    return dtype


def check_placement(device, layout, pin_memory=False):
    """Refuses devices and layouts that there are none of."""
    if device is not None:
        check_device(device)
    if layout is not None and layout is not strided:
        if layout.__class__ is not layout_class:
            raise TypeError(
                "argument 'layout' must be torch.layout, not %s" % type(layout).__name__
            )
        raise RuntimeError("this library has strided tensors only; got layout %r" % (layout,))


def arranged(memory_format, requires_grad, call, *arguments, **options):
    """A factory's tensor in a memory format."""
    result = call(*arguments, **options)
    if memory_format is not preserve_format:
        result = result.contiguous(memory_format=memory_format)
    elif call.__name__ == "empty":
        raise RuntimeError("unsupported memory format Preserve")
    return result.requires_grad_() if requires_grad else result
