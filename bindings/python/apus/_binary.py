"""Functions of two tensors: other names, and what takes more than its operator's schema says."""

from . import _operators as ops
from ._tensor import Tensor
from ._types import complex128, float64

__all__ = [
    "arctan2", "cdist", "divide", "float_power", "greater", "greater_equal", "less", "less_equal",
    "multiply", "not_equal", "subtract", "true_divide",
]

_ALIASES = {
    "arctan2": "atan2", "divide": "div", "greater": "gt", "greater_equal": "ge", "less": "lt",
    "less_equal": "le", "multiply": "mul", "not_equal": "ne", "subtract": "sub",
}

for _alias, _name in _ALIASES.items():
    globals()[_alias] = getattr(ops, _name)
    setattr(Tensor, _alias, getattr(ops, _name))
    setattr(Tensor, _alias + "_", getattr(ops, _name + "_"))


def true_divide(input, other, *, out=None):
    """Quotient of two tensors, or of a tensor and a number."""
    return ops.div(input, other, out=out)


def _true_divide_(input, other):
    return ops.div_(input, other)


float_power = ops.float_power


def _float_power_(input, exponent):
    """`float_power` in place, for float64 and complex128."""
    is_complex = input.is_complex() or isinstance(exponent, complex)
    is_complex = is_complex or isinstance(exponent, Tensor) and exponent.is_complex()
    needed = complex128 if is_complex else float64
    if input.dtype is not needed:
        raise RuntimeError(
            "the base given to float_power_ has dtype %s but the operation's result requires dtype "
            "%s" % (input.dtype.type_name[:-6], needed.type_name[:-6])
        )
    return ops.pow_(input, exponent)


_MODES = {
    "use_mm_for_euclid_dist_if_necessary": None,
    "use_mm_for_euclid_dist": 1,
    "donot_use_mm_for_euclid_dist": 2,
}


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Distances between all rows of two matrices in the p-norm."""
    try:
        mode = _MODES[compute_mode]
    except (KeyError, TypeError):
        raise ValueError("%s is not a valid value for compute_mode" % compute_mode) from None
    return ops._cdist(x1, x2, p, mode)


Tensor.true_divide = true_divide
Tensor.true_divide_ = _true_divide_
Tensor.float_power_ = _float_power_
del _alias, _name
