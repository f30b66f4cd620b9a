"""Complex numbers, against PyTorch's values and gradients (data/README.md)."""

import json
import lzma
import re
from pathlib import Path

import numpy as np
import pytest

import apus as torch

RECORD = json.loads(
    lzma.decompress((Path(__file__).parent / "data" / "complex.json.xz").read_bytes())
)


def array(record):
    values = np.array(record["data"], bool if record["dtype"] == "bool" else float)
    return values.reshape(record["shape"])


def parts(tensor):
    tensor = tensor.detach()
    return (torch.view_as_real(tensor) if tensor.is_complex() else tensor).double().numpy()


def inputs():
    found = {}
    for name, record in RECORD["inputs"].items():
        tensor = torch.from_numpy(array(record))
        if record["dtype"] == "complex128":
            tensor = torch.view_as_complex(tensor)
        found[name] = tensor.clone().requires_grad_()
    return found


@pytest.mark.parametrize("case", RECORD["cases"], ids=lambda case: case["expr"])
def test_as_pytorch(case):
    leaves = inputs()
    result = eval(case["expr"], {"torch": torch, **leaves})
    assert result.dtype.name == case["value"]["dtype"]
    tolerance = 1e-5 if result.dtype in (torch.float32, torch.complex64) else 1e-9
    np.testing.assert_allclose(parts(result), array(case["value"]), tolerance, tolerance)
    assert result.requires_grad == ("grad_fn" in case)
    # PyTorch adds up three real convolutions.
    if "grad_fn" in case and "conv1d" not in case["expr"]:
        assert type(result.grad_fn).__name__ == case["grad_fn"]
    if "grads" not in case:
        return
    weights = torch.arange(1, result.numel() + 1, dtype=torch.float64).reshape(result.shape)
    if result.is_complex():
        loss = (result.real * weights).sum() + (result.imag * weights * 0.5).sum()
    else:
        loss = (result * weights).sum()
    names = [name for name in leaves if name in re.findall(r"\b\w+\b", case["expr"])]
    grads = torch.autograd.grad(loss, [leaves[name] for name in names], allow_unused=True)
    for name, grad in zip(names, grads):
        if name not in case["grads"]:
            assert grad is None
            continue
        assert grad.dtype == leaves[name].dtype
        np.testing.assert_allclose(
            parts(grad), array(case["grads"][name]), tolerance, tolerance, err_msg=name
        )


def test_text():
    z = torch.tensor([1 + 2j, -3 + 0.5j, 0.5 - 1j])
    assert str(z) == "tensor([ 1.0000+2.0000j, -3.0000+0.5000j,  0.5000-1.0000j])"
    assert str(torch.tensor([[1 + 1j, 2], [3, 4j]])) == (
        "tensor([[1.+1.j, 2.+0.j],\n        [3.+0.j, 0.+4.j]])"
    )
    assert f"{z[0]}" == "(1+2j)"
    assert z.tolist() == [1 + 2j, -3 + 0.5j, 0.5 - 1j]
    assert z[0].item() == 1 + 2j
    assert str(z.to(torch.complex128)[:1]) == "tensor([1.+2.j], dtype=torch.complex128)"


def test_numpy():
    values = np.array([[1 + 2j, 3], [4j, 5]])
    assert (torch.from_numpy(values).numpy() == values).all()
    assert (torch.tensor(values).t().numpy() == values.T).all()


def test_views_of_parts():
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = z * 1
    y.real.mul_(2)
    y.imag[0] = 7
    assert y.tolist() == [2 + 7j, 6 - 1j]
    torch.view_as_real(y).sum().backward()
    assert z.grad.tolist() == [2 + 0j, 2 + 1j]


def test_what_is_refused():
    z = torch.tensor([1j, 2], requires_grad=True)
    with pytest.raises(RuntimeError, match="only for real scalar outputs but got torch.complex64"):
        z.sum().backward()
    with pytest.raises(RuntimeError, match="are required to have the same dtype"):
        z.backward(torch.tensor([1.0, 1.0]))
    with pytest.raises(RuntimeError, match="value cannot be converted to type"):
        torch.zeros(2).fill_(1j)
    with pytest.raises(TypeError, match="imag is not implemented"):
        torch.imag(torch.ones(2))
    with pytest.raises(TypeError, match="view_as_real is only supported"):
        torch.view_as_real(torch.ones(2))
    with pytest.raises(TypeError, match="is not supported for complex"):
        torch.view_as_complex(z)
    with pytest.raises(NotImplementedError, match="only supported for half, float and double"):
        torch.view_as_complex(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises(RuntimeError, match="In-place abs is not supported for complex tensors."):
        z.detach().abs_()
    with pytest.raises(TypeError, match="is only implemented on integer and Boolean-type"):
        ~z


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (torch.floor, NotImplementedError, "floor is not supported for complex inputs"),
        (torch.trunc, NotImplementedError, "trunc is not supported for complex inputs"),
        (torch.relu, NotImplementedError, "clamp is not supported for complex types"),
        (torch.sign, NotImplementedError,
         "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use "
         "torch.sgn instead."),
        (torch.erf, NotImplementedError, "\"erf_vml_cpu\" not implemented for 'ComplexFloat'"),
        (torch.digamma, NotImplementedError, "\"digamma\" not implemented for 'ComplexFloat'"),
        (lambda z: torch.polygamma(1, z), NotImplementedError,
         "\"trigamma\" not implemented for 'ComplexFloat'"),
        (torch.signbit, NotImplementedError, "signbit is not implemented for complex tensors."),
        (torch.deg2rad, NotImplementedError, "deg2rad is not supported for complex tensors."),
        (torch.isposinf, TypeError, "isposinf does not support complex inputs."),
        (lambda z: torch.nn.functional.threshold(z, 1, 2), NotImplementedError,
         "\"threshold_cpu\" not implemented for 'ComplexFloat'"),
    ],
)
def test_functions_of_real_numbers(call, kind, message):
    with pytest.raises(kind) as caught:
        call(torch.tensor([1j, 2]))
    assert str(caught.value) == message


def test_gradcheck():
    z = torch.tensor([1 + 2j, -3 + 0.5j], dtype=torch.complex128, requires_grad=True)
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z, x: (z * x).exp() * z.conj(), (z, x))
    assert torch.autograd.gradgradcheck(lambda z, x: (z * x).exp().abs(), (z, x))


def test_logarithms_of_running_sums():
    x = torch.tensor([1 + 2j, -3 + 1j, 0.5 - 2j], dtype=torch.complex128, requires_grad=True)
    y = torch.logcumsumexp(x, 0)
    (y.real * torch.tensor([1.0, 2.0, 3.0]) + y.imag).sum().backward()
    expected = [1 + 2j, 1.0099637737064553 + 1.9847401290370708j,
                0.7216537171904696 + 2.6260965602250463j]
    slopes = [5.43215918675722 + 5.352306792861961j,
              -0.023217527587043502 + 0.11137913552095215j,
              0.5910583408298248 - 2.463685928382913j]
    assert torch.allclose(y, torch.tensor(expected, dtype=torch.complex128))
    assert torch.allclose(x.grad, torch.tensor(slopes, dtype=torch.complex128))
    low = torch.tensor([complex(-float("inf"), 0), 1j])
    assert torch.logcumsumexp(low, 0).tolist()[1] == 1j


def test_distances():
    x = torch.tensor([1 + 2j, 3j], dtype=torch.complex128, requires_grad=True)
    y = torch.dist(x, torch.tensor([1j, 1j], dtype=torch.complex128))
    y.backward()
    assert abs(y.item() - 6**0.5) < 1e-12 and y.dtype is torch.float64
    expected = torch.tensor([1 + 1j, 2j], dtype=torch.complex128) / 6**0.5
    assert torch.allclose(x.grad, expected)
