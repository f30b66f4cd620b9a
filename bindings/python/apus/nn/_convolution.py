"""Convolutions, and windows as columns."""

from .. import _operators as ops
from .._operators import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "unfold",
]


def _pair(value, name):
    """Two numbers, given as such or as one."""
    if hasattr(value, "__index__"):
        return value, value
    if len(value) != 2:
        raise RuntimeError("It is expected %s equals to 2, but got size %d" % (name, len(value)))
    return value


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """The elements under each place of a window as a column."""
    return ops.im2col(
        input, _pair(kernel_size, "kernel_size"), _pair(dilation, "dilation"),
        _pair(padding, "padding"), _pair(stride, "stride"),
    )


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns put back under their windows, where those that overlap are added."""
    return ops.col2im(
        input, _pair(output_size, "output_size"), _pair(kernel_size, "kernel_size"),
        _pair(dilation, "dilation"), _pair(padding, "padding"), _pair(stride, "stride"),
    )
