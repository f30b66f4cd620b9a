"""Images in other sizes, and images at the points of a grid."""

import warnings

from .. import _operators as ops
from .._tensor import Tensor

__all__ = (
    "affine_grid", "grid_sample", "interpolate", "upsample", "upsample_bilinear",
    "upsample_nearest",
)

_MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
_ALIGNABLE = ("linear", "bilinear", "bicubic", "trilinear")
#: The operators by mode and number of dimensions.
_PLAIN = {
    ("nearest", 3): ops.upsample_nearest1d, ("nearest", 4): ops.upsample_nearest2d,
    ("nearest", 5): ops.upsample_nearest3d, ("nearest-exact", 3): ops.upsample_nearest_exact1d,
    ("nearest-exact", 4): ops.upsample_nearest_exact2d,
    ("nearest-exact", 5): ops.upsample_nearest_exact3d,
}
_ALIGNED = {
    ("linear", 3): ops.upsample_linear1d, ("bilinear", 4): ops.upsample_bilinear2d,
    ("bicubic", 4): ops.upsample_bicubic2d, ("trilinear", 5): ops.upsample_trilinear3d,
}
_SMOOTH = {
    "bilinear": ops.upsample_bilinear2d_aa, "bicubic": ops.upsample_bicubic2d_aa,
    "lanczos": ops.upsample_lanczos2d_aa,
}
_RANKS = {"linear": 3, "bilinear": 4, "trilinear": 5}


def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None,
    recompute_scale_factor=None, antialias=False,
):
    """Images in another size, or scaled by a factor. input is [N, C] and one to three dimensions
    more."""
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: "
                + " | ".join(_ALIGNABLE)
            )
    elif align_corners is None:
        align_corners = False
    sizes, scales = _target(input, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if scales is not None:
        extent = input.shape[2:]
        sizes = [int(length * float(scale)) for length, scale in zip(extent, scales)]
        if recompute_scale_factor or mode == "area":
            scales = None
    if antialias and not (mode in _SMOOTH and input.dim() == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires "
            "a 4-D tensor as input"
        )
    scales = () if scales is None else [float(scale) for scale in scales]
    key = mode, input.dim()
    if key in _PLAIN:
        return _PLAIN[key](input, sizes, *scales)
    if mode == "area" and 3 <= input.dim() <= 5:
        from . import functional

        return getattr(functional, "adaptive_avg_pool%dd" % (input.dim() - 2))(input, sizes)
    if mode == "lanczos" and input.dim() == 4:
        if not antialias:
            raise ValueError("Lanczos mode requires antialias=True")
        if align_corners:
            raise ValueError("Lanczos mode does not support align_corners=True")
    if antialias:
        return _SMOOTH[mode](input, sizes, align_corners, *scales)
    if key in _ALIGNED:
        return _ALIGNED[key](input, sizes, align_corners, *scales)
    if mode in _RANKS and 3 <= input.dim() <= 5:
        raise NotImplementedError(
            "Got %dD input, but %s mode needs %dD input" % (input.dim(), mode, _RANKS[mode])
        )
    raise NotImplementedError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported (got %dD) for the modes: %s "
        "(got %s)" % (input.dim(), _MODES, mode)
    )


def _target(input, size, scale_factor):
    """The sizes, or the factors, one for each dimension; the other is None."""
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    axes = input.dim() - 2
    value = scale_factor if size is None else size
    if not isinstance(value, (tuple, list)):
        if isinstance(value, Tensor):
            value = value.item()
        value = [value] * axes
    elif len(value) != axes:
        what = "scale_factor" if size is None else "output"
        shape = "scale_factor of shape" if size is None else "output size of"
        whole = "output size in (o1, o2, ...,oK)" if size is not None else (
            "scale_factor in (s1, s2, ...,sK)"
        )
        raise ValueError(
            "Input and %s must have the same number of spatial dimensions, but got input with "
            "spatial dimensions of %s and %s %s. Please provide input tensor in (N, C, d1, d2, "
            "...,dK) format and %s format."
            % (what, list(input.shape[2:]), shape, value, whole)
        )
    elif size is not None and not all(hasattr(length, "__index__") for length in value):
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, "
            "int], but got size with types %s" % [type(length) for length in value]
        )
    return (None, value) if size is None else (value, None)


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """interpolate() by its former name."""
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    """interpolate() with the nearest pixel."""
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    """interpolate() between four pixels, with the corners where they are."""
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", True)


def _deprecated(name):
    warnings.warn(
        "`nn.functional.%s` is deprecated. Use `nn.functional.interpolate` instead." % name,
        stacklevel=3,
    )


def _without_alignment(align_corners):
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since "
            "1.3.0. Please specify align_corners=True if the old behavior is desired. See the "
            "documentation of grid_sample for details.",
            stacklevel=3,
        )
    return bool(align_corners)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Values of images at the points of a grid, whose coordinates go from -1 to 1."""
    modes, paddings = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
    if mode not in modes:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            "but got: '%s'" % mode
        )
    if padding_mode not in paddings:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            "'reflection', but got: '%s'" % padding_mode
        )
    aligned = _without_alignment(align_corners)
    return ops.grid_sampler(
        input, grid, modes.index(mode), paddings.index(padding_mode), aligned
    )


def affine_grid(theta, size, align_corners=None):
    """The points at which an affine map finds the pixels of images of a size."""
    aligned = _without_alignment(align_corners)
    if not theta.is_floating_point():
        raise ValueError("Expected theta to have floating point type, but got %s" % theta.dtype)
    size = tuple(size)
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            "respectively. Got size %s." % (size,)
        )
    axes = len(size) - 2
    if theta.dim() != 3 or tuple(theta.shape[1:]) != (axes, axes + 1):
        raise ValueError(
            "Expected a batch of %dD affine matrices of shape Nx%dx%d for size %s. Got %s."
            % (axes, axes, axes + 1, size, theta.shape)
        )
    if aligned and min(size[2:]) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when "
            "align_corners=True. This is not an intended use case of affine_grid. See the "
            "documentation of affine_grid for details.",
            stacklevel=2,
        )
    elif min(size) <= 0:
        raise ValueError("Expected non-zero, positive output size. Got %s" % (size,))
    return ops.affine_grid_generator(theta, size, aligned)
