"""Fourier transforms: against their definition, their inverses, and the sizes of PyTorch."""

import cmath

import pytest

import apus as torch


def numbers(*shape, dtype=torch.float64):
    count = 1
    for size in shape:
        count *= size
    return ((torch.arange(count, dtype=torch.float64) * 0.7371) % 1.0 * 3 - 1).reshape(shape).to(dtype)


def complex_numbers(*shape):
    return torch.complex(numbers(*shape), numbers(*shape).flip(0) * 0.5 + 0.1)


def by_definition(values, sign):
    n = len(values)
    return [
        sum(v * cmath.exp(sign * 2j * cmath.pi * (j * k % n) / n) for j, v in enumerate(values))
        for k in range(n)
    ]


# Powers of two, small factors, primes with and without the detour over a convolution.
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 9, 11, 16, 30, 49, 53, 61, 64, 97, 106, 122])
def test_any_length(n):
    z = complex_numbers(n)
    expected = by_definition(z.tolist(), -1)
    assert torch.fft.fft(z).tolist() == pytest.approx(expected, abs=1e-11 * n)
    assert torch.fft.ifft(torch.fft.fft(z)).tolist() == pytest.approx(z.tolist(), abs=1e-13 * n)
    x = numbers(n)
    expected = by_definition(x.tolist(), -1)
    assert torch.fft.fft(x).tolist() == pytest.approx(expected, abs=1e-11 * n)
    assert torch.fft.rfft(x).tolist() == pytest.approx(expected[: n // 2 + 1], abs=1e-11 * n)
    assert torch.fft.irfft(torch.fft.rfft(x), n).tolist() == pytest.approx(x.tolist(), abs=1e-13 * n)
    assert torch.fft.hfft(torch.fft.ihfft(x), n).tolist() == pytest.approx(x.tolist(), abs=1e-13 * n)


def test_float32_is_computed_in_float64():
    x = numbers(1009)
    exact = torch.fft.rfft(x.to(torch.float32).to(torch.float64))
    single = torch.fft.rfft(x.to(torch.float32))
    assert single.dtype == torch.complex64
    scale = exact.abs().max().item()
    assert (single.to(torch.complex128) - exact).abs().max().item() < 6e-8 * scale


@pytest.mark.parametrize("norm, forward, inverse", [
    (None, 1, 1 / 6), ("backward", 1, 1 / 6), ("forward", 1 / 6, 1), ("ortho", 6**-0.5, 6**-0.5),
])
def test_norms(norm, forward, inverse):
    x = torch.ones(6, dtype=torch.float64)
    assert torch.fft.fft(x, norm=norm)[0].item() == pytest.approx(6 * forward)
    assert torch.fft.ifft(x, norm=norm)[0].item() == pytest.approx(6 * inverse)
    assert torch.fft.rfft(x, norm=norm)[0].item() == pytest.approx(6 * forward)
    assert torch.fft.hfft(x, 6, norm=norm)[0].item() == pytest.approx(6 * forward)


@pytest.mark.parametrize("there, back", [
    ("fftn", "ifftn"), ("rfftn", "irfftn"), ("ihfftn", "hfftn"), ("fft2", "ifft2"),
    ("rfft2", "irfft2"), ("ihfft2", "hfft2"),
])
def test_several_dimensions(there, back):
    x = numbers(3, 4, 6)
    result = getattr(torch.fft, back)(getattr(torch.fft, there)(x))
    assert torch.allclose(torch.real(result), x)
    step = x if there[0] != "r" else torch.fft.rfft(x)
    if there == "fft2":
        assert torch.allclose(torch.fft.fft2(x), torch.fft.fft(torch.fft.fft(step), dim=-2))
    if there == "rfft2":
        assert torch.allclose(torch.fft.rfft2(x), torch.fft.fft(step, dim=-2))


def test_lengths():
    x = numbers(2, 5)
    longer = torch.cat([x, torch.zeros(2, 3, dtype=torch.float64)], 1)
    assert torch.equal(torch.fft.fft(x, 8), torch.fft.fft(longer))
    assert torch.equal(torch.fft.fft(x, 3), torch.fft.fft(x[:, :3]))
    assert torch.fft.irfft(x).shape == (2, 8)
    assert torch.fft.fftn(x, s=(-1, 3)).shape == (2, 3)


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
@pytest.mark.parametrize("arguments", [{}, {"n": 3, "norm": "ortho"}, {"n": 8}, {"dim": 0}])
def test_gradients(name, arguments):
    x = numbers(4, 5).requires_grad_()
    call = lambda x: getattr(torch.fft, name)(x, **arguments)
    assert torch.autograd.gradcheck(call, (x,), check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(call, (x,))
    if name not in ("rfft", "ihfft"):
        z = complex_numbers(4, 5).requires_grad_()
        assert torch.autograd.gradcheck(call, (z,), check_forward_ad=True)


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn"])
def test_gradients_of_several_dimensions(name):
    x = numbers(2, 3, 3).requires_grad_()
    call = lambda x: getattr(torch.fft, name)(x, s=(3, 4), dim=(2, 0))
    assert torch.autograd.gradcheck(call, (x,), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(call, (x,))


@pytest.mark.parametrize("call, node", [
    ("fft(x)", "FftR2C"), ("fft(z)", "FftC2C"), ("ifft(x)", "Conj"), ("rfft(x)", "FftR2C"),
    ("irfft(z)", "FftC2R"), ("hfft(z)", "FftC2R"), ("ihfft(x)", "Conj"), ("fftn(x)", "FftC2C"),
    ("rfftn(x)", "FftR2C"), ("hfftn(z)", "FftC2R"), ("ihfftn(x)", "FftC2C"),
])
def test_nodes(call, node):
    places = {"x": numbers(3, 4).requires_grad_(), "z": complex_numbers(3, 4).requires_grad_()}
    result = eval("torch.fft." + call, {"torch": torch}, places)
    assert type(result.grad_fn).__name__ == node + "Backward0"


def test_examples_at_once():
    x = numbers(2, 3, 4)
    for call in (
        lambda t: torch.fft.fft(t, dim=0), lambda t: torch.fft.rfft(t), torch.fft.ifftn,
        lambda t: torch.fft.irfft(t, 5),
    ):
        assert torch.allclose(torch.vmap(call)(x), torch.stack([call(t) for t in x]))


def test_frequencies():
    assert torch.fft.fftfreq(5).tolist() == pytest.approx([0, 0.2, 0.4, -0.4, -0.2])
    assert torch.fft.fftfreq(4, 0.5).tolist() == [0, 0.5, -1, -0.5]
    assert torch.fft.rfftfreq(4, 0.5).tolist() == [0, 0.5, 1]
    assert torch.fft.fftshift(torch.arange(5)).tolist() == [3, 4, 0, 1, 2]
    assert torch.fft.ifftshift(torch.fft.fftshift(torch.arange(5))).tolist() == [0, 1, 2, 3, 4]
    assert torch.fft.fftshift(torch.arange(6).reshape(2, 3), 1).tolist() == [[2, 0, 1], [5, 3, 4]]


@pytest.mark.parametrize("call, kind, words", [
    ("fft(x, 0)", RuntimeError, "Invalid number of data points (0) specified"),
    ("fft(x, norm='foo')", RuntimeError, 'Invalid normalization mode: "foo"'),
    ("fft(x, dim=2)", IndexError, "Dimension out of range"),
    ("fft(torch.tensor(1.0))", IndexError, "Dimension specified as -1 but tensor has no dimensions"),
    ("rfft(z)", TypeError, "rfft expects a real input tensor, but got ComplexDouble"),
    ("rfftn(z)", TypeError, "rfftn expects a real-valued input tensor, but got ComplexDouble"),
    ("ihfftn(z)", TypeError, "Only supports floating-point dtypes, but found: ComplexDouble"),
    ("fft(x.half())", NotImplementedError, "Unsupported dtype Half"),
    ("fftn(x, dim=(0, 0))", RuntimeError, "FFT dims must be unique"),
    ("fft2(x, s=(2,))", RuntimeError, "dim and shape arguments must have the same length"),
    ("fftn(x, s=(2, 3, 4))", RuntimeError, "Got shape with 3 values but input tensor only has 2"),
    ("irfft(z[:, :1])", RuntimeError, "Invalid number of data points (0) specified"),
    ("rfftn(x, dim=())", RuntimeError, "rfftn must transform at least one axis"),
])
def test_errors(call, kind, words):
    with pytest.raises(kind) as error:
        eval("torch.fft." + call, {"torch": torch, "x": numbers(3, 4), "z": complex_numbers(3, 4)})
    assert words in str(error.value)


def window():
    return torch.tensor([0.5 - 0.5 * cmath.cos(cmath.pi * i / 4).real for i in range(8)]).double()


@pytest.mark.parametrize("arguments", [
    {}, {"hop_length": 3}, {"normalized": True}, {"onesided": False}, {"win_length": 6},
])
def test_spectra_of_frames_and_back(arguments):
    x = numbers(2, 20)
    w = window()[: arguments.get("win_length", 8)]
    w = w + 0.1
    spectra = torch.stft(x, 8, window=w, return_complex=True, **arguments)
    hop = arguments.get("hop_length", 2)
    assert spectra.shape == (2, 8 if arguments.get("onesided") is False else 5, 1 + 20 // hop)
    back = torch.istft(spectra, 8, window=w, length=20, **arguments)
    covered = hop * (spectra.shape[2] - 1)
    assert torch.allclose(back[:, :covered], x[:, :covered])


def test_a_frame_is_a_transform_of_a_part():
    x = numbers(20)
    spectra = torch.stft(x, 8, 4, window=window(), center=False, return_complex=True)
    for frame in range(4):
        part = x[4 * frame : 4 * frame + 8] * window()
        assert torch.allclose(spectra[:, frame], torch.fft.rfft(part))


@pytest.mark.parametrize("mode, ends", [
    ("reflect", (2, 1, 0, 1)), ("replicate", (0, 0, 0, 1)), ("circular", (3, 4, 0, 1)),
])
def test_ends_of_a_signal(mode, ends):
    x = torch.arange(5, dtype=torch.float64)
    spectra = torch.stft(x, 4, 4, torch.ones(4).double().shape[0], torch.ones(4).double(),
                         pad_mode=mode, return_complex=True)
    first = torch.tensor([float(end) for end in ends], dtype=torch.float64)
    assert torch.allclose(spectra[:, 0], torch.fft.rfft(first))


def test_gradients_of_spectra():
    x = numbers(1, 16).requires_grad_()
    w = window() + 0.1
    assert torch.autograd.gradcheck(
        lambda x: torch.stft(x, 8, window=w, return_complex=True), (x,))
    assert torch.autograd.gradcheck(
        lambda x: torch.istft(torch.stft(x, 8, window=w, return_complex=True), 8, window=w), (x,))
