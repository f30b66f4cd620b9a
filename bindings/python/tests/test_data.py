"""Numbers into tensors and out of them."""

import warnings

import numpy as np
import pytest

import apus as torch

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@pytest.mark.parametrize(
    "data, text",
    [
        ([1, True], "tensor([1, 1])"),
        ([True, 2.0], "tensor([1., 2.])"),
        ([True, False], "tensor([ True, False])"),
        ([[], []], "tensor([], size=(2, 0))"),
        ([[[]]], "tensor([], size=(1, 1, 0))"),
        ((1, 2), "tensor([1, 2])"),
        (range(3), "tensor([0, 1, 2])"),
        (5, "tensor(5)"),
        (2.5, "tensor(2.5000)"),
        (True, "tensor(True)"),
        ([1e300], "tensor([inf])"),
        ([(1, 2), [3, 4]], "tensor([[1, 2],\n        [3, 4]])"),
        ([np.float64(1)], "tensor([1.], dtype=torch.float64)"),
        (np.float32(1), "tensor(1.)"),
        (np.int32(3), "tensor(3, dtype=torch.int32)"),
        (-(2**63), "tensor(-9223372036854775808)"),
        ([torch.tensor(1), 2.0], "tensor([1., 2.])"),
        ([torch.tensor(1.0, dtype=torch.float64)], "tensor([1.], dtype=torch.float64)"),
    ],
)
def test_tensor(data, text):
    assert repr(torch.tensor(data)) == text


@pytest.mark.parametrize(
    "data, dtype, values",
    [
        ([-1], "uint8", [255]), ([1.7, -1.7], "int64", [1, -1]), ([2, 0], "bool", [True, False]),
        ([1e6], "float16", [float("inf")]), ([0.1], "bfloat16", [0.10009765625]),
        ([1, 2], "float64", [1, 2]), ([True], "float32", [1]), ([300], "float16", [300]),
    ],
)
def test_dtype(data, dtype, values):
    tensor = torch.tensor(data, dtype=getattr(torch, dtype))
    assert repr(tensor.dtype) == "torch." + dtype and tensor.tolist() == values


def test_tensor_of_a_tensor():
    x = torch.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        y = torch.tensor(x)
    assert not y.requires_grad and y.data_ptr() != x.data_ptr()
    assert torch.as_tensor(x) is x and torch.as_tensor(x, dtype=torch.float64).dtype is torch.float64
    assert torch.tensor([1.0], requires_grad=True).requires_grad


@pytest.mark.parametrize("name", NAMES)
def test_arrays(name):
    array = np.array([[1, 0, 1], [0, 1, 1]]).astype(name)
    tensor = torch.from_numpy(array)
    assert repr(tensor.dtype) == "torch." + name and tensor.tolist() == array.tolist()
    array[0, 1] = 1
    assert tensor[0, 1].item() == 1
    back = tensor.numpy()
    assert back.dtype == array.dtype and (back == array).all()
    back[1, 0] = 1
    assert tensor[1, 0].item() == 1 and back.flags.writeable
    assert (np.asarray(tensor.t()) == array.T).all() and np.array(tensor).base is None


def test_memory_is_shared():
    array = np.arange(12.0).reshape(3, 4)
    tensor = torch.from_numpy(array[::2, 1::2])
    assert tensor.stride() == (8, 2) and tensor.tolist() == [[1, 3], [9, 11]]
    tensor.zero_()
    assert array.sum() == 66 - 24
    assert torch.from_numpy(array.T).shape == (4, 3)
    assert torch.as_tensor(array).data_ptr() == array.ctypes.data
    assert torch.tensor(array).data_ptr() != array.ctypes.data
    for shape in ((), (0,), (2, 0, 3)):
        assert torch.from_numpy(np.zeros(shape)).shape == shape == torch.zeros(shape).numpy().shape
    assert torch.ones(2, requires_grad=True).detach().numpy().tolist() == [1, 1]
    assert torch.ones(2, requires_grad=True).numpy(force=True).tolist() == [1, 1]


def test_numpy_functions():
    x = torch.arange(4.0)
    assert np.sum(x.numpy()) == 6 and np.asarray(x).dtype == np.float32
    assert np.asarray(x, dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize(
    "array, kind, words",
    [
        (np.arange(3)[::-1], ValueError, "At least one stride in the given numpy array is negative"),
        (np.array(["a"]), TypeError, "can't convert np.ndarray of type numpy.str_. The only"),
        (np.arange(3, dtype=">i4"), ValueError, "has byte order different from the native"),
        (np.zeros(3, dtype="i4,i1")["f0"], ValueError, "strides not a multiple of the element"),
    ],
)
def test_arrays_that_can_not_be_shared(array, kind, words):
    with pytest.raises(kind, match=words):
        torch.from_numpy(array)


def test_an_array_that_is_not_writable():
    array = np.arange(3)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        torch.from_numpy(array)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.tensor(array)
