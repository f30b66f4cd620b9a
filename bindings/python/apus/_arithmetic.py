"""The signs of arithmetic, comparison and logic.

Two tensors go straight to C; everything else takes the longer way.
"""

from . import _operators as ops
from ._library import failure
from ._runtime import like, number, scalar
from ._tensor import Tensor

_new = object.__new__
_NUMBERS = frozenset((int, float, bool, complex))


def _operand(other):
    """A tensor or a Python number for what is one, or like one; else NotImplemented."""
    if other.__class__ in _NUMBERS or isinstance(other, Tensor):
        return other
    if type(other).__module__ == "numpy":
        if getattr(other, "ndim", 0):
            from ._data import from_numpy

            return from_numpy(other)
        return number(other)
    return other if isinstance(other, (int, float, complex)) else NotImplemented


def _sign(c_tensor, general, c_number=None):
    """A method for `self sign other`."""
    numbers = _NUMBERS if c_number else ()

    def sign(self, other):
        kind = other.__class__
        if kind is Tensor:
            handle = c_tensor(self._handle, other._handle)
        elif kind in numbers:
            handle = c_number(self._handle, scalar(other))
        else:
            other = _operand(other)
            return other if other is NotImplemented else general(self, other)
        if handle:
            result = _new(Tensor)
            result._handle = handle
            return result
        raise failure()

    return sign


def _change(c_tensor, general, c_number):
    """A method for `self sign= other`, which returns self."""

    def change(self, other):
        kind = other.__class__
        if kind is Tensor:
            handle = c_tensor(self._handle, other._handle)
        elif kind in _NUMBERS:
            handle = c_number(self._handle, scalar(other))
        else:
            other = _operand(other)
            return other if other is NotImplemented else general(self, other)
        if handle:
            return self
        raise failure()

    return change


def _reflected(general, name):
    """A method for `other sign self`."""

    def sign(self, other):
        if not isinstance(self, Tensor):
            raise TypeError(
                "descriptor '%s' for 'torch._C.TensorBase' objects doesn't apply to a '%s' object"
                % (name, type(self).__name__)
            )
        other = _operand(other)
        return other if other is NotImplemented else general(self, other)

    return sign


def _swapped(function):
    """A function with its operands exchanged."""
    return lambda self, other: function(other, self)


def _like_with(function):
    """An operator between tensors for a number in the first place."""
    return lambda self, other: function(like(other, self), self)


def _divided(self, other):
    reciprocal = self.reciprocal()
    other = _operand(other)
    return other if other is NotImplemented else ops.mul(reciprocal, other)


def _matmul(self, other):
    are_tensors = isinstance(self, Tensor) and isinstance(other, Tensor)
    return ops.matmul(self, other) if are_tensors else NotImplemented


def _invert(self):
    if self.is_floating_point() or self.is_complex():
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        )
    return ops.bitwise_not(self)


def _positive(self):
    ops.positive(self)  # which refuses bool
    return self


_ARITHMETIC = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "pow",
}

for _name, _function in _ARITHMETIC.items():
    _c, _c_scalar = getattr(ops, "c_" + _function), getattr(ops, "c_%s_scalar" % _function)
    setattr(Tensor, "__%s__" % _name, _sign(_c, getattr(ops, _function), _c_scalar))
    _c, _c_scalar = getattr(ops, "c_%s_" % _function), getattr(ops, "c_%s_scalar_" % _function)
    setattr(Tensor, "__i%s__" % _name, _change(_c, getattr(ops, _function + "_"), _c_scalar))

for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _c, _c_scalar = getattr(ops, "c_" + _name), getattr(ops, "c_%s_scalar" % _name)
    setattr(Tensor, "__%s__" % _name, _sign(_c, getattr(ops, _name), _c_scalar))

_BITS = {
    "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}

for _name, _function in _BITS.items():
    _form = "_tensor_scalar" if "shift" in _name else "_scalar"
    _c, _c_scalar = getattr(ops, "c_" + _function), getattr(ops, "c_%s%s" % (_function, _form))
    setattr(Tensor, "__%s__" % _name, _sign(_c, getattr(ops, _function), _c_scalar))
    _c, _c_scalar = getattr(ops, "c_%s_" % _function), getattr(ops, "c_%s%s_" % (_function, _form))
    setattr(Tensor, "__i%s__" % _name, _change(_c, getattr(ops, _function + "_"), _c_scalar))
    _reflection = "__r%s__" % _name
    setattr(Tensor, _reflection, _reflected(_swapped(getattr(ops, _function)), _reflection))

Tensor.__radd__ = _reflected(ops.add, "__radd__")
Tensor.__rmul__ = _reflected(ops.mul, "__rmul__")
Tensor.__rsub__ = _reflected(ops.rsub, "__rsub__")
Tensor.__rtruediv__ = _divided
Tensor.__rpow__ = _reflected(_swapped(ops.pow), "__rpow__")
Tensor.__rfloordiv__ = _reflected(_like_with(ops.floor_divide), "__rfloordiv__")
Tensor.__rmod__ = _reflected(_swapped(ops.remainder), "__rmod__")
Tensor.__div__ = Tensor.__truediv__
Tensor.__idiv__ = Tensor.__itruediv__
Tensor.__rdiv__ = Tensor.__rtruediv__
Tensor.__matmul__ = _sign(ops.c_matmul, _matmul)
Tensor.__rmatmul__ = lambda self, other: _matmul(other, self)
Tensor.__neg__ = ops.neg
Tensor.__pos__ = _positive
Tensor.__abs__ = ops.abs
Tensor.__invert__ = _invert
# NumPy leaves `array sign tensor` and `number sign tensor` to the tensor.
Tensor.__array_priority__ = 1000
