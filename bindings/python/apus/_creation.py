"""Tensors made from numbers, and conversions, in all forms in which PyTorch calls them."""

from . import _operators as ops
from ._data import tensor
from ._out import check_placement, dtype_of, into
from ._runtime import number, requiring
from ._tensor import Tensor, c_is_same
from ._types import (
    DTYPES, bfloat16, check_device, contiguous_format, dtype as dtype_class, float16, float32, float64,
    memory_format as format_class, preserve_format, strided,
)

__all__ = "arange linspace logspace scalar_tensor".split()


# From numbers


def scalar_tensor(
    s, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False
):
    """A tensor of no dimension, float32 unless a dtype is given."""
    check_placement(device, layout)
    if not isinstance(s, (int, float, complex, Tensor)) and not hasattr(s, "__float__"):
        raise TypeError(
            "scalar_tensor(): argument 's' (position 1) must be Number, not %s" % type(s).__name__
        )
    dtype = float32 if dtype is None else dtype
    if dtype in (float16, bfloat16) and not isinstance(s, complex):
        # What is too large for sixteen bits is infinite.
        result = ops.full((), s, dtype=float64).to(dtype)
    else:
        result = ops.full((), s, dtype=dtype)
    return requiring(result) if requires_grad else result


def _bound(function, name, position, value):
    """A number, which may be the element of a tensor."""
    if isinstance(value, Tensor):
        if value.dim() == 0:
            return value.item()
    elif isinstance(value, (int, float, complex)):
        return value
    elif type(value).__module__ == "numpy":
        return number(value)
    raise TypeError(
        "%s(): argument '%s' (position %d) must be Number, not %s"
        % (function, name, position, type(value).__name__)
    )


def arange(
    *bounds, start=0, end=None, step=1, out=None, dtype=None, layout=None, device=None,
    pin_memory=False, requires_grad=False,
):
    """Numbers from start, up to but without end, a step apart."""
    check_placement(device, layout)
    if len(bounds) > 3 or not bounds and end is None:
        raise TypeError(
            "arange() received an invalid combination of arguments - got (%s), but expected one "
            "of:\n * (Number end, *, ...)\n * (Number start, Number end, *, ...)\n * (Number start, "
            "Number end, Number step, *, ...)" % ", ".join(type(b).__name__ for b in bounds)
        )
    if len(bounds) == 1 and end is None:
        end = _bound("arange", "end", 1, bounds[0])
    elif bounds:
        names = ("start", "end", "step")
        found = [_bound("arange", names[i], i + 1, value) for i, value in enumerate(bounds)]
        start = found[0]
        end = found[1] if len(found) > 1 else _bound("arange", "end", 2, end)
        step = found[2] if len(found) > 2 else step
    start, end = _bound("arange", "start", 1, start), _bound("arange", "end", 2, end)
    step = _bound("arange", "step", 3, step)
    if out is not None:
        return into(out, arange, start, end, step, dtype=dtype_of(out, dtype))
    result = ops._arange(start, end, step, dtype)
    return requiring(result) if requires_grad else result


def _ends(name, start, end, steps):
    """Both bounds of a sequence as numbers."""
    if not isinstance(steps, (int, Tensor)) or isinstance(steps, bool):
        raise TypeError(
            "%s() received an invalid combination of arguments - got (%s)"
            % (name, ", ".join(type(value).__name__ for value in (start, end, steps)))
        )
    wrong = [
        "%s with %d dimension(s)" % (label, value.dim())
        for label, value in (("start", start), ("end", end))
        if isinstance(value, Tensor) and value.dim()
    ]
    if wrong:
        raise RuntimeError(
            "%s only supports 0-dimensional start and end tensors, but got %s."
            % (name, " and ".join(wrong))
        )
    return _bound(name, "start", 1, start), _bound(name, "end", 2, end)


def linspace(
    start, end, steps, *, out=None, dtype=None, layout=None, device=None, pin_memory=False,
    requires_grad=False,
):
    """As many numbers as steps says, at equal distances from start to end, both included."""
    check_placement(device, layout)
    start, end = _ends("linspace", start, end, steps)
    if out is not None:
        return into(out, linspace, start, end, steps, dtype=dtype_of(out, dtype))
    result = ops._linspace(start, end, steps, dtype)
    return requiring(result) if requires_grad else result


def logspace(
    start, end, steps, base=10.0, *, out=None, dtype=None, layout=None, device=None,
    pin_memory=False, requires_grad=False,
):
    """Powers of base whose exponents lie at equal distances from start to end, both included."""
    check_placement(device, layout)
    start, end = _ends("logspace", start, end, steps)
    if out is not None:
        return into(out, logspace, start, end, steps, base, dtype=dtype_of(out, dtype))
    result = ops._logspace(start, end, steps, base, dtype)
    return requiring(result) if requires_grad else result


# Like another tensor


def _sizes(sizes, size):
    if size is not None:
        return size
    return sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _new(name):
    call = getattr(ops, "_" + name)

    def method(
        self, *sizes, size=None, dtype=None, layout=None, device=None, pin_memory=False,
        requires_grad=False,
    ):
        check_placement(device, layout)
        result = call(self, _sizes(sizes, size), dtype)
        return requiring(result) if requires_grad else result

    method.__name__ = name
    method.__doc__ = "A tensor of the given size with this one's dtype: see apus.%s." % name[4:]
    return method


for _name in ("new_empty", "new_zeros", "new_ones"):
    setattr(Tensor, _name, _new(_name))


def _new_full(
    self, size, fill_value, *, dtype=None, layout=None, device=None, pin_memory=False,
    requires_grad=False,
):
    """A tensor of the given size with this one's dtype and one number in every element."""
    check_placement(device, layout)
    result = ops._new_full(self, size, fill_value, dtype)
    return requiring(result) if requires_grad else result


def _new_tensor(
    self, data, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False
):
    """A tensor of the numbers in data with this one's dtype."""
    return tensor(
        data, dtype=self.dtype if dtype is None else dtype, device=device,
        requires_grad=requires_grad,
    )


def _legacy_new(self, *data):
    """A tensor of this one's dtype: of these numbers or of this shape."""
    if len(data) == 1 and not isinstance(data[0], int):
        return tensor(data[0], dtype=self.dtype)
    return ops._new_empty(self, data or (0,))


# Conversions


def to(
    self, *target, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None
):
    """The tensor in a dtype, or in another tensor's; itself where it already is."""
    flags = []
    for value in target:
        if isinstance(value, bool):
            flags.append(value)
        elif isinstance(value, Tensor):
            dtype = value.dtype
        elif isinstance(value, dtype_class) or isinstance(value, type):
            dtype = value
        elif isinstance(value, format_class):
            memory_format = value
        elif value is not None:
            device = value
    if len(flags) > 1:
        copy = flags[1]
    if device is not None:
        check_device(device)
    own = self.dtype
    if dtype is None:
        dtype = own
    if memory_format is not None and memory_format is not preserve_format:
        result = ops._to(self, dtype, copy, memory_format)
        return self if c_is_same(self._handle, result._handle) else result
    if dtype is own and not copy:
        return self
    return ops._to(self, dtype, copy)


def _type(self, dtype=None, non_blocking=False):
    """The legacy name of the tensor's type, or the tensor converted to a dtype or such a name."""
    if dtype is None:
        return "torch." + self.dtype.type_name
    if isinstance(dtype, str):
        for known in DTYPES.values():
            if dtype == "torch." + known.type_name:
                return to(self, known)
        raise ValueError("invalid type: %r" % dtype)
    return to(self, dtype)


def _type_as(self, other):
    """The tensor in another one's dtype."""
    if not isinstance(other, Tensor):
        raise TypeError(
            "type_as(): argument 'other' (position 1) must be Tensor, not %s" % type(other).__name__
        )
    return to(self, other.dtype)


def _cpu(self, memory_format=preserve_format):
    """The tensor itself: it is on the CPU."""
    return to(self, memory_format=memory_format)


def _contiguous(self, memory_format=contiguous_format):
    """The tensor itself where it lies in a memory format already, else a copy that does."""
    number = memory_format.__index__()
    if number < 2 and _row_major(self):
        return self
    return ops.contiguous(self) if number == 0 else ops.contiguous(self, memory_format=number)


def _is_contiguous(self, memory_format=contiguous_format):
    """Whether the elements lie in a memory format without a gap."""
    number = memory_format.__index__()
    if number < 2:
        return _row_major(self)
    order = {2: (1, 3, 2, 0), 3: (1, 4, 3, 2, 0)}.get(number)
    if order is None or self.dim() != len(order):
        return False
    if not self.numel():
        return True
    expected, sizes, strides = 1, self.shape, self.stride()
    for dim in order:
        if sizes[dim] != 1:
            if strides[dim] != expected:
                return False
            expected *= sizes[dim]
    return True


_row_major = Tensor.is_contiguous

Tensor.new_full = _new_full
Tensor.new_tensor = _new_tensor
Tensor.new = _legacy_new
Tensor.to = to
Tensor.type = _type
Tensor.type_as = _type_as
Tensor.cpu = _cpu
Tensor.contiguous = _contiguous
Tensor.is_contiguous = _is_contiguous
Tensor.layout = strided
del _name
