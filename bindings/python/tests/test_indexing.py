"""Reading and writing by index, against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import apus as torch

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)


@st.composite
def basic(draw):
    """A shape and a key of integers, slices, None and ..., as NumPy and we understand it."""
    shape = draw(SHAPES)
    key = draw(
        hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True).filter(
            lambda key: all(
                not isinstance(part, slice) or part.step is None or part.step > 0
                for part in (key if isinstance(key, tuple) else (key,))
            )
        )
    )
    return shape, key


@st.composite
def advanced(draw):
    """A shape and a key with arrays of integers, next to slices and ...."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5))
    size = draw(hnp.broadcastable_shapes((2, 3), max_dims=2, max_side=3))
    key, used = [], False
    for length in shape[: draw(st.integers(1, len(shape)))]:
        if draw(st.booleans()):
            key.append(draw(hnp.arrays(np.int64, size, elements=st.integers(-length, length - 1))))
            used = True
        else:
            key.append(slice(draw(st.integers(0, length)), None, draw(st.integers(1, 2))))
    if not used:
        key[0] = draw(hnp.arrays(np.int64, size, elements=st.integers(0, shape[0] - 1)))
    if draw(st.booleans()):
        key.append(...)
    return shape, tuple(key)


@st.composite
def masks(draw):
    """A shape, and a mask over its first dimensions, perhaps with a slice behind it."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
    mask = draw(hnp.arrays(np.bool_, shape[: draw(st.integers(1, len(shape)))]))
    key = (mask,)
    if mask.ndim < len(shape) and draw(st.booleans()):
        key += (slice(1, None),)
    return shape, key


def numbered(shape):
    return np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)


def translated(key):
    if isinstance(key, tuple):
        return tuple(translated(part) for part in key)
    return torch.tensor(key) if isinstance(key, np.ndarray) else key


def same(tensor, array):
    array = np.asarray(array)
    assert tuple(tensor.shape) == array.shape
    assert tensor.tolist() == array.tolist()


@settings(max_examples=300, deadline=None)
@given(st.one_of(basic(), advanced(), masks()))
def test_read(case):
    shape, key = case
    array = numbered(shape)
    same(torch.tensor(array)[translated(key)], array[key])


@settings(max_examples=200, deadline=None)
@given(st.one_of(basic(), advanced(), masks()))
def test_write_a_number(case):
    shape, key = case
    array = numbered(shape)
    tensor = torch.tensor(array)
    tensor[translated(key)] = -1
    array[key] = -1
    same(tensor, array)


@settings(max_examples=200, deadline=None)
@given(st.one_of(basic(), masks()), st.booleans())
def test_write_a_tensor(case, whole):
    shape, key = case
    array = numbered(shape)
    tensor = torch.tensor(array)
    value = -1 - numbered(array[key].shape if whole else array[key].shape[-1:])
    tensor[translated(key)] = torch.tensor(value)
    array[key] = value
    same(tensor, array)


def test_views_share_memory():
    x = torch.arange(6.0).reshape(2, 3)
    x[0][1:] = 9
    x[:, 0] += 1
    assert x.tolist() == [[1, 9, 9], [4, 4, 5]]
    assert x[...].data_ptr() == x.data_ptr() and x[:].data_ptr() == x.data_ptr()
    assert x[...] is not x


def test_kinds_of_index():
    x = torch.arange(6.0).reshape(2, 3)
    assert x[torch.tensor(1)].tolist() == [3, 4, 5]
    assert x[np.int64(1), True].tolist() == [[3, 4, 5]]
    assert x[True].shape == (1, 2, 3) and x[False].shape == (0, 2, 3)
    assert x[torch.tensor(True)].shape == (1, 2, 3)
    assert x[[0, 1], [1, 0]].tolist() == [1, 3]
    assert x[np.array([1, 0])].tolist() == [[3, 4, 5], [0, 1, 2]]
    assert x[range(1)].tolist() == [[0, 1, 2]]
    assert x[[]].shape == (0, 3)
    assert x[x > 2].tolist() == [3, 4, 5]
    assert x[: torch.tensor(1), 10**30 :].shape == (1, 0)
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert x[[[0, 1], [1, 0]]].tolist() == [1, 3]


def test_grad_fn_names():
    x = torch.ones(2, 3, requires_grad=True)
    names = {
        "SelectBackward0": [x[0], x[0, :], x[:, 0], x[..., 0], x[torch.tensor(0)]],
        "SliceBackward0": [x[:], x[1:], x[1:, :]],
        "UnsqueezeBackward0": [x[None], x[0, None]],
        "IndexBackward0": [x[[0, 1]], x[x > 0]],
    }
    for name, tensors in names.items():
        for tensor in tensors:
            assert tensor.grad_fn.name() == name


def test_gradients():
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    (x[0, 1:] * 2).sum().backward()
    assert x.grad.tolist() == [[0, 2, 2], [0, 0, 0]]
    x.grad = None
    x[[0, 0, 1], [1, 1, 2]].sum().backward()
    assert x.grad.tolist() == [[0, 2, 0], [0, 0, 1]]
    x.grad = None
    y = x * 1
    y[0] = 5.0
    y[y > 4.5] *= 3
    y.sum().backward()
    assert x.grad.tolist() == [[0, 0, 0], [1, 1, 3]]


def test_iteration():
    x = torch.arange(4).reshape(2, 2)
    assert [row.tolist() for row in x] == [[0, 1], [2, 3]]
    assert len(x) == 2 and 3 in x and 7 not in x and torch.tensor(2) in x
    a, b = torch.tensor([1, 2])
    assert (a.item(), b.item()) == (1, 2)
