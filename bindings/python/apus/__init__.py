"""Automatic differentiation with PyTorch's names and semantics, over the apus C library.

import apus as torch
"""

from . import (
    __config__, _algebra, _arithmetic, _binary, _creation, _data, _functions, _indexing, _operators,
    _random, _reductions, _shapes, _types, _unary, autograd, nn, random,
)
from ._binary import *
from ._creation import *
from ._data import as_tensor, asarray, from_numpy, tensor
from ._dtypes import *
from ._functions import *
from ._library import version as __version__
from ._printing import set_printoptions
from ._random import *
from ._reductions import *
from ._shapes import *
from ._spectral import *
from ._tensor import Tensor, e, inf, nan, pi
from ._threads import get_num_threads, set_num_threads
from ._types import (
    Size, bfloat16, channels_last, channels_last_3d, complex64, complex128, contiguous_format, device,
    dtype, float16, float32, float64, int8, int16, int32, int64, layout, memory_format,
    preserve_format, sparse_coo, strided, uint8,
)
from .autograd import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
    set_grad_enabled,
)
from .random import (
    Generator, default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state,
)

# What the operators give: functions here, methods of Tensor.

for _name in _operators.FUNCTIONS:
    globals()[_name] = getattr(_operators, _name)
for _name in _operators.METHODS:
    setattr(Tensor, _name, getattr(_operators, _name))
# Functions that take more forms than the operators of their names.
from ._algebra import *

for _name in ("allclose", "equal", "max", "min", "split", "std", "var"):
    setattr(Tensor, _name, getattr(_functions, _name))
for _module in (_random, _reductions, _shapes):
    for _name in _module.METHODS:
        setattr(Tensor, _name, getattr(_module, _name))
for _name, _function in _unary.functions().items():
    globals()[_name] = _function
for _name, _function in _unary.methods().items():
    setattr(Tensor, _name, _function)
Tensor.stft, Tensor.istft = stft, istft
Tensor.lu, Tensor.lu_solve = lu, lu_solve
orgqr = Tensor.orgqr = _operators.linalg_householder_product

Tensor.__getitem__ = _indexing.getitem
Tensor.__setitem__ = _indexing.setitem
Tensor.__array__ = _data.__array__
Tensor.numpy = _data.numpy
Tensor.where = lambda self, condition, other: _functions.where(condition, self, other)
Tensor.real = property(_operators.real, lambda self, value: self.real.copy_(value))
Tensor.imag = property(_operators.imag, lambda self, value: self.imag.copy_(value))
for _name in ("H", "T", "mH", "mT"):
    setattr(Tensor, _name, property(getattr(_shapes, _name)))

Tensor.__rmatmul__ = lambda self, other: (
    _operators.matmul(other, self) if isinstance(other, Tensor) else NotImplemented
)

# Names of dtypes, and methods that convert to them. From here on `bool`, `float` and `int` are
# dtypes, as they are in torch.


def _conversion(dtype):
    return lambda self, memory_format=None: self.to(dtype, memory_format=memory_format)


for _name, _dtype in (
    ("half", float16), ("bfloat16", bfloat16), ("float", float32), ("double", float64),
    ("char", int8), ("short", int16), ("int", int32), ("long", int64), ("byte", uint8),
    ("bool", _types.boolean), ("cfloat", complex64), ("cdouble", complex128),
):
    setattr(Tensor, _name, _conversion(_dtype))
    if _name not in ("char", "byte"):
        globals()[_name] = _dtype
del _name, _dtype, _function, _module


def is_inference(input):
    """Whether a tensor was made in inference mode."""
    return input.is_inference()


def __getattr__(name):
    # What few programs need is imported when it is first asked for.
    from importlib import import_module

    if name in ("fft", "func", "linalg", "profiler", "special", "utils"):
        return import_module("." + name, __name__)
    if name == "vmap":
        return import_module(".func", __name__).vmap
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
