"""Discrete Fourier transforms."""

from . import _creation, _functions, _operators as ops
from ._runtime import requiring

__all__ = tuple(
    "fft fft2 fftfreq fftn fftshift hfft hfft2 hfftn ifft ifft2 ifftn ifftshift ihfft ihfft2 "
    "ihfftn irfft irfft2 irfftn rfft rfft2 rfftfreq rfftn".split()
)


def _along(call):
    def transform(input, n=None, dim=-1, norm=None, *, out=None):
        _check(call, n)
        return _into(out, call(input, n, dim, norm))

    return _named(transform, call)


def _along_two(call):
    def transform(input, s=None, dim=(-2, -1), norm=None, *, out=None):
        return _into(out, call(input, s, dim, norm))

    return _named(transform, call)


def _along_several(call):
    def transform(input, s=None, dim=None, norm=None, *, out=None):
        return _into(out, call(input, s, dim, norm))

    return _named(transform, call)


def _check(call, n):
    if n is not None and not hasattr(n, "__index__"):
        raise TypeError(
            "%s(): argument 'n' must be int, not %s" % (call.__name__, type(n).__name__)
        )


def _into(out, result):
    return result if out is None else out.copy_(result)


def _named(transform, call):
    transform.__name__ = transform.__qualname__ = call.__name__[4:]
    transform.__doc__ = call.__doc__
    return transform


fft, ifft, rfft, irfft, hfft, ihfft = map(_along, (
    ops.fft_fft, ops.fft_ifft, ops.fft_rfft, ops.fft_irfft, ops.fft_hfft, ops.fft_ihfft,
))
fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(_along_two, (
    ops.fft_fft2, ops.fft_ifft2, ops.fft_rfft2, ops.fft_irfft2, ops.fft_hfft2, ops.fft_ihfft2,
))
fftn, ifftn, rfftn, irfftn, hfftn, ihfftn = map(_along_several, (
    ops.fft_fftn, ops.fft_ifftn, ops.fft_rfftn, ops.fft_irfftn, ops.fft_hfftn, ops.fft_ihfftn,
))


def _frequencies(bounds, n, d, out, dtype, requires_grad):
    parts = [_creation.arange(start, end, dtype=dtype) for start, end in bounds]
    result = ops.cat(parts) if len(parts) > 1 else parts[0]
    if n:
        result.mul_(1.0 / (n * d))
    result = _into(out, result)
    return requiring(result) if requires_grad else result


def fftfreq(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """The frequencies of the numbers of a transform of length n, where samples are d apart."""
    if n < 0:
        raise RuntimeError("Trying to create tensor with negative dimension %d: [%d]" % (n, n))
    dtype = _functions.get_default_dtype() if dtype is None else dtype
    bounds = ((0, (n + 1) // 2), (-(n // 2), 0))
    return _frequencies(bounds, n, d, out, dtype, requires_grad)


def rfftfreq(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """The same for the first half, which rfft gives."""
    if n < 0:
        raise RuntimeError("Trying to create tensor with negative dimension %d: [%d]" % (n, n))
    dtype = _functions.get_default_dtype() if dtype is None else dtype
    return _frequencies(((0, n // 2 + 1),), n, d, out, dtype, requires_grad)


def fftshift(input, dim=None):
    """The frequencies in ascending order, zero in the middle."""
    return _shifted(input, dim, lambda size: size // 2)


def ifftshift(input, dim=None):
    """The inverse of fftshift."""
    return _shifted(input, dim, lambda size: (size + 1) // 2)


def _shifted(input, dim, distance):
    if dim is None:
        dim = tuple(range(input.dim()))
    elif not isinstance(dim, (tuple, list)):
        dim = (dim,)
    return ops.roll(input, [distance(input.shape[d]) for d in dim], dim)
