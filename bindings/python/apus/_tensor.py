"""The Tensor class: what it holds, what it is, and what Python's own protocols ask of it.

Operators, signs and indexing are added by the modules of those names.
"""

import math
import warnings
from _weakref import ref
from ctypes import string_at

from ._library import B, D, F, I, N, P, T, failure, function, has_failed, status
from ._types import DTYPES, Size, device, dtype as DType, float32

c_retain = status("apus_retain", P)
c_release = status("apus_release", P)
c_numel = function("apus_numel", P, result=I)
c_dim = function("apus_dim", P, result=I)
c_size = function("apus_size", P, I, result=I)
c_shape = status("apus_shape", P, P)
c_strides = status("apus_strides", P, P)
c_dtype_of = status("apus_dtype_of", P)
c_storage_offset = function("apus_storage_offset", P, result=I)
c_is_contiguous = function("apus_is_contiguous", P, result=B)
c_data = function("apus_data", P)
c_item_double = function("apus_item_double", P, result=F)
c_item_int64 = function("apus_item_int64", P, result=I)
c_item_bool = function("apus_item_bool", P, result=B)
c_item_complex = status("apus_item_complex", P, P)
c_is_same = function("apus_is_same", P, P, result=B)
c_version_of = function("apus_version_of", P, result=I)
c_is_view = function("apus_is_view", P, result=B)
c_base = function("apus_base", P)
c_to_string = function("apus_to_string", P, result=T)
c_requires_grad_ = status("apus_requires_grad_", P, B)
c_requires_grad = function("apus_requires_grad", P, result=B)
c_is_leaf = function("apus_is_leaf", P, result=B)
c_grad = function("apus_grad", P)
c_set_grad = status("apus_set_grad", P, P)
c_detach = function("apus_detach", P)
c_detach_ = status("apus_detach_", P)
c_variable_data = function("apus_variable_data", P)
c_set_data = status("apus_set_data", P, P)
c_grad_dtype = function("apus_grad_dtype", P, result=D)
c_set_grad_dtype = status("apus_set_grad_dtype", P, D)
c_is_inference = function("apus_is_inference", P, result=B)
c_retain_grad = status("apus_retain_grad", P)
c_retains_grad = function("apus_retains_grad", P, result=B)
c_grad_fn = function("apus_grad_fn", P)
c_backward = status("apus_backward", P)

_NO_GRAD_YET = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
    "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
    "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
    "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)
_TO_SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)


class Tensor:
    """Numbers in a box of some shape, which remember how they were computed."""

    # _grad: a weak reference to the object that .grad returned last, so that it is the same one
    # the next time.
    __slots__ = ("_handle", "_grad", "__weakref__")

    def __new__(cls, *data):
        from ._data import legacy

        return legacy(cls, data)

    # A default argument outlives the module at the interpreter's end.
    def __del__(self, release=c_release):
        try:
            release(self._handle)
        except AttributeError:  # it never got a handle
            pass

    # What it is

    @property
    def shape(self):
        rank = c_dim(self._handle)
        sizes = (I * rank)()
        c_shape(self._handle, sizes)
        return Size(sizes)

    def size(self, dim=None):
        """The shape, or the size of one dimension."""
        if dim is None:
            return self.shape
        rank = c_dim(self._handle)
        return self.shape[_wrapped(dim, rank)]

    def stride(self, dim=None):
        """Elements between neighbours, for each dimension or for one."""
        rank = c_dim(self._handle)
        strides = (I * rank)()
        c_strides(self._handle, strides)
        return tuple(strides) if dim is None else strides[_wrapped(dim, rank)]

    def dim(self):
        """The number of dimensions."""
        return c_dim(self._handle)

    def numel(self):
        """The number of elements."""
        return c_numel(self._handle)

    def storage_offset(self):
        """Elements of the storage before the first one."""
        return c_storage_offset(self._handle)

    def element_size(self):
        """Bytes in an element."""
        return self.dtype.itemsize

    def data_ptr(self):
        """The address of the first element."""
        return c_data(self._handle) or 0

    def is_contiguous(self):
        """Whether the elements lie in row-major order without a gap."""
        return c_is_contiguous(self._handle)

    def is_floating_point(self):
        """Whether the elements are floating-point numbers."""
        return 7 <= c_dtype_of(self._handle) <= 10

    def is_conj(self):
        """False: conjugates are computed when they are asked for."""
        return False

    def is_neg(self):
        """False, likewise."""
        return False

    def is_complex(self):
        """Whether the elements are complex numbers."""
        return c_dtype_of(self._handle) > 10

    ndim = property(dim)
    nelement = numel
    ndimension = dim
    dtype = property(lambda self: DTYPES[c_dtype_of(self._handle)])
    itemsize = property(element_size)
    nbytes = property(lambda self: self.numel() * self.element_size())
    device = property(lambda self: device())
    is_cuda = False

    @property
    def _version(self):
        if c_is_inference(self._handle):
            raise RuntimeError("Inference tensors do not track version counter.")
        version = c_version_of(self._handle)
        if version < 0:
            raise failure()
        return version

    def _is_view(self):
        return c_is_view(self._handle)

    @property
    def _base(self):
        return _wrap_or_none(c_base(self._handle))

    # Gradients

    @property
    def requires_grad(self):
        return c_requires_grad(self._handle)

    @requires_grad.setter
    def requires_grad(self, value):
        if value and c_dtype_of(self._handle) < 7:
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients"
            )
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad=True):
        """Asks for a gradient, and returns the tensor itself."""
        if c_requires_grad_(self._handle, requires_grad):
            raise failure()
        if requires_grad:
            _remember(self)
        return self

    @property
    def is_leaf(self):
        if c_is_leaf(self._handle):
            return True
        if has_failed():
            raise failure()
        return False

    @property
    def grad(self):
        handle = c_grad(self._handle)
        if not handle:
            if not self.is_leaf and not c_retains_grad(self._handle):
                warnings.warn(_NO_GRAD_YET, stacklevel=2)
            return None
        try:
            known = self._grad()
        except AttributeError:
            known = None
        if known is not None and c_is_same(known._handle, handle):
            c_release(handle)
            return known
        grad = wrap(handle)
        self._grad = ref(grad)
        return grad

    @grad.setter
    def grad(self, value):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type %s"
                % type(value).__name__
            )
        if c_set_grad(self._handle, None if value is None else value._handle):
            raise failure()
        if value is not None:
            self._grad = ref(value)

    @grad.deleter
    def grad(self):
        self.grad = None

    @property
    def grad_fn(self):
        handle = c_grad_fn(self._handle)
        if handle:
            from .autograd._nodes import node

            return node(handle)
        if has_failed():
            raise failure()
        return None

    @grad_fn.setter
    def grad_fn(self, value):
        raise AttributeError(
            "attribute 'grad_fn' of 'torch._C.TensorBase' objects is not writable"
        )

    @property
    def grad_dtype(self):
        if not self.is_leaf:
            return self.dtype
        code = c_grad_dtype(self._handle)
        if not code and has_failed():
            raise failure()
        return DTYPES.get(code)

    @grad_dtype.setter
    def grad_dtype(self, value):
        if value is not None and value.__class__ is not DType:
            raise RuntimeError(
                "grad_dtype must be a torch.dtype or None, but got %s" % type(value).__name__
            )
        if c_set_grad_dtype(self._handle, 0 if value is None else value.code):
            raise failure()

    def retain_grad(self):
        """Keeps the gradient of a tensor that an operation made."""
        if c_retain_grad(self._handle):
            raise failure()

    @property
    def retains_grad(self):
        return c_retains_grad(self._handle)

    def detach(self):
        """The same elements outside of the graph."""
        return wrap(c_detach(self._handle))

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        """Adds this tensor's gradients to the leaves that it was computed from."""
        if gradient is None and retain_graph is None and not create_graph and inputs is None:
            if c_backward(self._handle):
                problem = failure()
                from ._callbacks import warn_of_pending

                warn_of_pending()
                raise problem
        else:
            from .autograd import backward

            backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach_(self):
        """Takes the tensor itself out of the graph."""
        if c_detach_(self._handle):
            raise failure()
        return self

    @property
    def data(self):
        return wrap(c_variable_data(self._handle))

    @data.setter
    def data(self, value):
        if not isinstance(value, Tensor):
            raise TypeError("Variable data has to be a tensor, but got %s" % type(value).__name__)
        if c_set_data(self._handle, value._handle):
            raise failure()
        if c_requires_grad(self._handle) and c_is_leaf(self._handle):
            _remember(self)

    def resize_(self, *sizes):
        """Gives the tensor other sizes, whatever the number of elements: the first ones stay."""
        from ._data import resize_

        return resize_(self, sizes)

    def is_inference(self):
        """Whether the tensor was made in inference mode."""
        return c_is_inference(self._handle)

    def register_hook(self, hook):
        """Calls `hook(grad)` whenever this tensor's gradient was computed; what it returns takes
        the gradient's place. The handle that is returned removes it."""
        from .autograd._hooks import register

        return register(self, hook)

    def register_post_accumulate_grad_hook(self, hook):
        """Calls `hook(self)` after a backward pass added to this leaf's gradient."""
        from .autograd._hooks import register_post_accumulate

        return register_post_accumulate(self, hook)

    # Python numbers

    def item(self):
        """The only element as a Python number."""
        handle = self._handle
        if c_numel(handle) != 1:
            raise RuntimeError(
                "a Tensor with %d elements cannot be converted to Scalar" % c_numel(handle)
            )
        code = c_dtype_of(handle)
        if code > 10:
            parts = (F * 2)()
            if c_item_complex(handle, parts):
                raise failure()
            return complex(*parts)
        if code >= 7:
            value = c_item_double(handle)
        else:
            value = c_item_bool(handle) if code == 1 else c_item_int64(handle)
        if not value and has_failed():
            raise failure()
        return value

    def tolist(self):
        """The elements as nested lists of Python numbers; a number for a tensor of no dimension."""
        shape = self.shape
        if not shape:
            return self.item()
        if not shape.numel():
            return _empty_lists(shape)
        own = self.detach()
        if own.is_complex():
            return _joined(own._parts().tolist(), len(shape))
        if own.dtype.format is None:
            own = own.to(float32)
        own = own.contiguous()
        view = memoryview(_bytes(own))
        return view.cast(own.dtype.format, shape).tolist()

    def _parts(self):
        """A view of complex numbers as pairs of floats."""
        from ._operators import view_as_real

        return view_as_real(self)

    def _only(self):
        if c_numel(self._handle) != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if c_requires_grad(self._handle):
            warnings.warn(_TO_SCALAR, stacklevel=3)
        return self.item()

    def __bool__(self):
        count = c_numel(self._handle)
        if count != 1:
            raise RuntimeError(
                "Boolean value of Tensor with %s is ambiguous"
                % ("more than one value" if count else "no values")
            )
        value = c_item_bool(self._handle)
        if not value and has_failed():
            raise failure()
        return value

    def __float__(self):
        return float(_real(self._only()))

    def __int__(self):
        return int(_real(self._only()))

    def __complex__(self):
        return complex(self._only())

    def __index__(self):
        if c_dtype_of(self._handle) >= 7 or c_numel(self._handle) != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    # Text

    def __repr__(self):
        text = c_to_string(self._handle)
        if text is None:
            raise failure()
        return text.decode()

    def __format__(self, form):
        if c_dim(self._handle) == 0:
            return format(self.item(), form)
        return object.__format__(self, form)

    def type(self, dtype=None):
        """The legacy name of the tensor's type, or the tensor converted to a dtype."""
        return "torch." + self.dtype.type_name if dtype is None else self.to(dtype)

    # Containers

    def __len__(self):
        if c_dim(self._handle) == 0:
            raise TypeError("len() of a 0-d tensor")
        return c_size(self._handle, 0)

    def __iter__(self):
        if c_dim(self._handle) == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, element):
        if not isinstance(element, (Tensor, int, float)):
            raise RuntimeError(
                "Tensor.__contains__ only supports Tensor or scalar, but you passed in a %s."
                % type(element)
            )
        return bool((self == element).any())

    def __hash__(self):
        return id(self)

    # Copies

    def __copy__(self):
        return self.detach().requires_grad_(self.requires_grad)

    def __deepcopy__(self, memo):
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                "because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        copy = self.detach().clone().requires_grad_(self.requires_grad)
        if self.grad is not None:
            copy.grad = self.grad.__deepcopy__(memo)
        memo[id(self)] = copy
        return copy

    def __reduce_ex__(self, protocol):
        from ._data import restored

        if not self.is_leaf:
            raise RuntimeError("only leaves can be pickled; detach() this tensor first")
        own = self.detach().contiguous()
        elements = _bytes(own) if own.numel() else b""
        return restored, (elements, tuple(self.shape), self.dtype, self.requires_grad)

    # Of the CPU there is only one

    def cpu(self):
        """The tensor itself."""
        return self


_new = object.__new__


def wrap(handle):
    """The Tensor for a handle that a function returned.

    Raises the library's error when there is none.
    """
    if handle:
        tensor = _new(Tensor)
        tensor._handle = handle
        return tensor
    raise failure()


def _wrap_or_none(handle):
    return wrap(handle) if handle else None


def _bytes(tensor):
    """The elements of a tensor that has some, without gaps."""
    address = c_data(tensor._handle)
    if not address:
        raise failure()
    return string_at(address, tensor.nbytes)


def _wrapped(dim, rank):
    low, high = -max(rank, 1), max(rank, 1) - 1
    if not low <= dim <= high:
        raise IndexError(
            "Dimension out of range (expected to be in range of [%d, %d], but got %d)"
            % (low, high, dim)
        )
    return dim


def _empty_lists(shape):
    return [_empty_lists(shape[1:]) for _ in range(shape[0])] if len(shape) > 1 else []


# Leaves that require a gradient are the same objects when they come back from the library: they
# are keys of people's dictionaries.


class _Leaf(ref):
    __slots__ = ("address",)


_leaves = {}  # by the address of the first element


def _forget(leaf, leaves=_leaves):
    others = tuple([other for other in leaves.get(leaf.address, ()) if other is not leaf])
    if others:
        leaves[leaf.address] = others
    else:
        leaves.pop(leaf.address, None)


def _remember(tensor):
    leaf = _Leaf(tensor, _forget)
    leaf.address = c_data(tensor._handle)
    _leaves[leaf.address] = _leaves.get(leaf.address, ()) + (leaf,)


def known(handle):
    """The same as wrap(), or the object that there is already, if it is a leaf."""
    for leaf in _leaves.get(c_data(handle), ()):
        tensor = leaf()
        if tensor is not None and c_is_same(tensor._handle, handle):
            c_release(handle)
            return tensor
    return wrap(handle)


inf, nan, pi, e = math.inf, math.nan, math.pi, math.e


def _joined(nested, rank):
    """Complex numbers for the pairs in nested lists."""
    return [_joined(part, rank - 1) for part in nested] if rank else complex(*nested)


def _real(value):
    if value.__class__ is complex:
        if value.imag:
            raise RuntimeError("value cannot be converted to type double without overflow")
        return value.real
    return value
