"""The largest element, or the mean, under windows."""

from .. import _operators as ops
from .._operators import adaptive_avg_pool1d

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "local_response_norm",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


def _max_pool(rank):
    plain = getattr(ops, "max_pool%dd" % rank)
    both = getattr(ops, "max_pool%dd_with_indices" % rank)

    def max_pool_with_indices(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
        return_indices=False,
    ):
        stride = () if stride is None else stride
        values, indices = both(input, kernel_size, stride, padding, dilation, ceil_mode)
        return values, indices

    def max_pool(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
        return_indices=False,
    ):
        stride = () if stride is None else stride
        if return_indices:
            values, indices = both(input, kernel_size, stride, padding, dilation, ceil_mode)
            return values, indices
        return plain(input, kernel_size, stride, padding, dilation, ceil_mode)

    _name(max_pool, "max_pool%dd" % rank, plain)
    _name(max_pool_with_indices, "max_pool%dd_with_indices" % rank, both)
    return max_pool, max_pool_with_indices


def _name(function, name, original):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = original.__doc__


max_pool1d, max_pool1d_with_indices = _max_pool(1)
max_pool2d, max_pool2d_with_indices = _max_pool(2)
max_pool3d, max_pool3d_with_indices = _max_pool(3)


def avg_pool1d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """The mean of the elements under each place of a window over one dimension."""
    stride = () if stride is None else stride
    return ops.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
    divisor_override=None,
):
    """The mean of the elements under each place of a window over two dimensions."""
    stride = () if stride is None else stride
    return ops.avg_pool2d(
        input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
    divisor_override=None,
):
    """The mean of the elements under each place of a window over three dimensions."""
    stride = () if stride is None else stride
    return ops.avg_pool3d(
        input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _output_size(input, size, rank):
    """The sizes of a result: one number for all, or one each, where None is the input's."""
    if hasattr(size, "__index__"):
        return (size,) * rank
    if input.dim() <= len(size):
        raise ValueError("Input dimension should be at least %d" % (len(size) + 1))
    return tuple(
        given if given is not None else own
        for given, own in zip(size, tuple(input.shape)[-len(size) :])
    )


def adaptive_avg_pool2d(input, output_size):
    """The mean of the elements under each of output_size windows over two dimensions."""
    return ops.adaptive_avg_pool2d(input, _output_size(input, output_size, 2))


def adaptive_avg_pool3d(input, output_size):
    """The mean of the elements under each of output_size windows over three dimensions."""
    return ops.adaptive_avg_pool3d(input, _output_size(input, output_size, 3))


def adaptive_max_pool1d_with_indices(input, output_size, return_indices=False):
    """The largest element under each of output_size windows, and its place."""
    values, indices = ops.adaptive_max_pool1d(input, output_size)
    return values, indices


def adaptive_max_pool2d_with_indices(input, output_size, return_indices=False):
    """The largest element under each of output_size windows over two dimensions, and its place."""
    values, indices = ops.adaptive_max_pool2d(input, _output_size(input, output_size, 2))
    return values, indices


def adaptive_max_pool3d_with_indices(input, output_size, return_indices=False):
    """The largest element under each of output_size windows over three dimensions, and its place."""
    values, indices = ops.adaptive_max_pool3d(input, _output_size(input, output_size, 3))
    return values, indices


def adaptive_max_pool1d(input, output_size, return_indices=False):
    """The largest element under each of output_size windows along the last dimension."""
    both = adaptive_max_pool1d_with_indices(input, output_size)
    return both if return_indices else both[0]


def adaptive_max_pool2d(input, output_size, return_indices=False):
    """The largest element under each of output_size windows over two dimensions."""
    both = adaptive_max_pool2d_with_indices(input, output_size)
    return both if return_indices else both[0]


def adaptive_max_pool3d(input, output_size, return_indices=False):
    """The largest element under each of output_size windows over three dimensions."""
    both = adaptive_max_pool3d_with_indices(input, output_size)
    return both if return_indices else both[0]


def _lp(input, mean, norm_type, count):
    """The root of the sum of powers, of their mean over a window of so many elements."""
    size = (mean.sign() * ops.relu(mean.abs())) * count
    return size.pow(1.0 / norm_type)


def _area(kernel_size, rank):
    if hasattr(kernel_size, "__index__"):
        return kernel_size**rank
    area = 1
    for size in kernel_size:
        area *= size
    return area


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """The norm of the elements under each place of a window over one dimension."""
    mean = avg_pool1d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return _lp(input, mean, norm_type, _area(kernel_size, 1))


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """The norm of the elements under each place of a window over two dimensions."""
    mean = avg_pool2d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return _lp(input, mean, norm_type, _area(kernel_size, 2))


def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """The norm of the elements under each place of a window over three dimensions."""
    mean = avg_pool3d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return _lp(input, mean, norm_type, _area(kernel_size, 3))


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """input over a power of the mean square of some neighbouring channels."""
    if input.dim() < 3:
        raise ValueError(
            "Expected 3D or higher dimensionality input (got %d dimensions)" % input.dim()
        )
    if input.numel() == 0:
        return input
    from . import functional

    # Windows over channels alone, of all places of an image side by side.
    square = input * input
    first = square.shape[:2]
    rows = square.reshape(first[0], 1, first[1], -1)
    rows = functional.pad(rows, (0, 0, size // 2, (size - 1) // 2))
    mean = avg_pool2d(rows, (size, 1), 1).reshape(square.shape)
    return input / (mean * alpha + k).pow(beta)


def _tuple(value, rank):
    return (value,) * rank if hasattr(value, "__index__") else tuple(value)


def _unpooled_size(input, kernel, stride, padding, output_size):
    """The sizes of what was pooled: as they are given, if the pooling could have had them."""
    rank = len(kernel)
    sizes = tuple(input.shape)[-rank:]
    usual = [
        (size - 1) * step + length - 2 * pad
        for size, step, length, pad in zip(sizes, stride, kernel, padding)
    ]
    if output_size is None:
        return usual
    if len(output_size) == rank + 2:
        output_size = output_size[2:]
    if len(output_size) != rank:
        raise ValueError(
            "output_size should be a sequence containing %d or %d elements, but it has a length of "
            "'%d'" % (rank, rank + 2, len(output_size))
        )
    for d in range(rank):
        least, most = usual[d] - stride[d], usual[d] + stride[d]
        if not least < output_size[d] < most:
            raise ValueError(
                'invalid output_size "%s" (dim %d must be between %d and %d)'
                % (output_size, d, least, most)
            )
    return list(output_size)


def _unpool(rank):
    def max_unpool(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel = _tuple(kernel_size, rank)
        stride = kernel if stride is None else _tuple(stride, rank)
        padding = _tuple(padding, rank)
        size = _unpooled_size(input, kernel, stride, padding, output_size)
        if rank == 1:
            images, places = input.unsqueeze(-1), indices.unsqueeze(-1)
            return ops.max_unpool2d(images, places, size + [1]).squeeze(-1)
        if rank == 2:
            return ops.max_unpool2d(input, indices, size)
        return ops.max_unpool3d(input, indices, size, stride, padding)

    name = "max_unpool%dd" % rank
    max_unpool.__name__ = max_unpool.__qualname__ = name
    max_unpool.__doc__ = "Zeros, with the elements where `max_pool%dd` took them from." % rank
    return max_unpool


max_unpool1d, max_unpool2d, max_unpool3d = map(_unpool, (1, 2, 3))
