"""Spectra of parts of a signal, and the signal back from them."""

import warnings

from . import _operators as ops
from ._data import tensor

__all__ = ("istft", "stft")

_NO_WINDOW = (
    "A window was not provided. A rectangular window will be applied,which is known to cause "
    "spectral leakage. Other windows such as torch.hann_window or torch.hamming_window are "
    "recommended to reduce spectral leakage.To suppress this warning and use a rectangular window, "
    "explicitly set `window=torch.ones(n_fft, device=<device>)`."
)
_NO_WINDOW_BACK = (
    "A window was not provided. A rectangular window will be applied.Please provide the same "
    "window used by stft to make the inversion lossless.To suppress this warning and use a "
    "rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
)
_REAL_PARTS = (
    "stft with return_complex=False is deprecated. In a future pytorch release, stft will return "
    "complex tensors for all inputs, and return_complex=False will raise an error.\nNote: you can "
    "still call torch.view_as_real on the complex output to recover the old return format."
)


_warned = set()


def _warn_once(words):
    if words not in _warned:
        _warned.add(words)
        warnings.warn(words, stacklevel=3)


def _positions(length, pad, mode, batch):
    """Where the elements of a signal with both ends continued come from; -1 stands for zero."""
    if mode == "reflect":
        if pad >= length:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, "
                "but got: padding (%d, %d) at dimension 2 of input [1, %d, %d]"
                % (pad, pad, batch, length)
            )
        return [abs(i) if i < length else 2 * (length - 1) - i for i in range(-pad, length + pad)]
    if mode == "replicate":
        return [min(max(i, 0), length - 1) for i in range(-pad, length + pad)]
    if mode == "circular":
        return [i % length for i in range(-pad, length + pad)]
    raise NotImplementedError("Unrecognised padding mode %s" % mode)


def _continued(signal, pad, mode):
    """A signal with both ends continued."""
    if mode == "constant":
        zeros = ops.zeros((signal.shape[0], pad), dtype=signal.dtype)
        return ops.cat([zeros, signal, zeros], 1)
    places = _positions(signal.shape[1], pad, mode, signal.shape[0])
    return signal.index_select(1, tensor(places))


def _full_window(window, length, n_fft, dtype):
    """The window in the middle of a frame; ones where there is none."""
    if window is None:
        window = ops.ones((length,), dtype=dtype)
    left = (n_fft - length) // 2
    right = n_fft - length - left
    if left or right:
        parts = [ops.zeros((size,), dtype=window.dtype) for size in (left, right)]
        window = ops.cat([parts[0], window, parts[1]])
    return window


def stft(input, n_fft, hop_length=None, win_length=None, window=None, center=True,
         pad_mode="reflect", normalized=False, onesided=None, return_complex=None,
         align_to_window=None):
    """The Fourier transforms of frames of n_fft numbers of a signal, hop_length apart:
    [batch, frequencies, frames]."""
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    is_complex = input.is_complex() or window is not None and window.is_complex()
    if return_complex is None:
        if not is_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will "
                "further require that return_complex=True in a future PyTorch release."
            )
        return_complex = True
    elif not return_complex:
        _warn_once(_REAL_PARTS)
    if window is None:
        _warn_once(_NO_WINDOW)
    signal = input if input.dim() == 2 else input.reshape(1, -1) if input.dim() == 1 else None
    shape = list(input.shape)
    if center and shape:
        shape[-1] += n_fft // 2 * 2

    def fail(kind, words):
        shown = "None" if window is None else "torch.%s{%s}" % (
            window.dtype.type_name, list(window.shape)
        )
        return kind(
            "stft(torch.%s%s, n_fft=%d, hop_length=%d, win_length=%d, window=%s, normalized=%d, "
            "onesided=%s, return_complex=%d, align_to_window=%s) : expected %s" % (
                input.dtype.type_name, shape, n_fft, hop, length, shown, normalized,
                onesided if onesided is None else int(onesided), return_complex, align_to_window,
                words,
            )
        )

    if signal is None:
        raise fail(RuntimeError, "a 1D or 2D tensor")
    if not (input.is_floating_point() or input.is_complex()):
        raise fail(NotImplementedError, "a tensor of floating point or complex values")
    if n_fft <= 0:
        raise fail(RuntimeError, "0 < n_fft < %d, but got n_fft=%d" % (shape[-1], n_fft))
    if center:
        signal = _continued(signal, n_fft // 2, pad_mode)
    if n_fft > signal.shape[1]:
        raise fail(RuntimeError, "0 < n_fft < %d, but got n_fft=%d" % (signal.shape[1], n_fft))
    if hop <= 0:
        raise fail(RuntimeError, "hop_length > 0, but got hop_length=%d" % hop)
    if not 0 < length <= n_fft:
        raise fail(RuntimeError, "0 < win_length <= n_fft, but got win_length=%d" % length)
    if window is not None and (window.dim() != 1 or window.shape[0] != length):
        raise fail(
            RuntimeError,
            "a 1D window tensor of size equal to win_length=%d, but got window with size %s"
            % (length, list(window.shape)),
        )
    signal = signal.contiguous()
    frames = 1 + (signal.shape[1] - n_fft) // hop
    framed = signal.as_strided(
        (signal.shape[0], frames, n_fft), (signal.stride(0), hop, 1)
    )
    if window is not None or length < n_fft:
        framed = framed * _full_window(window, length, n_fft, signal.dtype)
    if onesided is None:
        onesided = not is_complex
    elif onesided and is_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    transform = ops.fft_rfft if onesided else ops.fft_fft
    result = transform(framed, None, -1, "ortho" if normalized else None).transpose(1, 2)
    if input.dim() == 1:
        result = result.squeeze(0)
    return result if return_complex else ops.view_as_real(result)


def istft(input, n_fft, hop_length=None, win_length=None, window=None, center=True,
          normalized=False, onesided=None, length=None, return_complex=False):
    """The signal that stft made these spectra of, where its windows leave no gap."""
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    if window is None:
        _warn_once(_NO_WINDOW_BACK)
    if not input.is_complex():
        raise TypeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )

    def fail(words):
        shown = "None" if window is None else "torch.%s{%s}" % (
            window.dtype.type_name, list(window.shape)
        )
        kind = "ComplexFloat" if input.dtype.itemsize == 8 else "ComplexDouble"
        return RuntimeError(
            "istft(CPU%sType%s, n_fft=%d, hop_length=%d, win_length=%d, window=%s, center=%d, "
            "normalized=%d, onesided=%s, length=%s, return_complex=%d) %s" % (
                kind, list(input.shape), n_fft, hop, width, shown, center, normalized,
                onesided if onesided is None else int(onesided), length, return_complex, words,
            )
        )

    if input.numel() == 0:
        raise fail(": input tensor cannot be empty.")
    if input.dim() not in (2, 3):
        raise fail(": expected a tensor with 2 or 3 dimensions, but got %d" % input.dim())
    spectra = input if input.dim() == 3 else input.unsqueeze(0)
    found = spectra.shape[1]
    is_half = found != n_fft if onesided is None else onesided
    wanted = n_fft // 2 + 1 if is_half else n_fft
    if found != wanted:
        raise fail(
            ": expected the frequency dimension (3rd to the last) of the input tensor to match "
            "n_fft%s when onesided=%s, but got %d"
            % (" / 2 + 1" if is_half else "", is_half, found)
        )
    if not 0 < hop <= width:
        raise fail(": expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        raise fail(": expected 0 < win_length <= n_fft")
    if window is not None and (window.dim() != 1 or window.shape[0] != width):
        raise fail(
            ": Invalid window shape. window has to be 1D and length of `win_length`"
        )
    norm = "ortho" if normalized else None
    framed = spectra.transpose(1, 2)
    if return_complex:
        if is_half:
            raise fail(": complex output is not compatible with onesided input")
        framed = ops.fft_ifft(framed, None, -1, norm)
    else:
        framed = ops.fft_irfft(framed, n_fft, -1, norm)
    real = framed.real.dtype if framed.is_complex() else framed.dtype
    shape = _full_window(window, width, n_fft, real)
    batch, frames = framed.shape[:2]
    total = n_fft + hop * (frames - 1)
    places = tensor([frame * hop + i for frame in range(frames) for i in range(n_fft)])

    def overlapped(parts):
        zeros = ops.zeros((parts.shape[0], total), dtype=parts.dtype)
        return zeros.index_add(1, places, parts.reshape(parts.shape[0], -1))

    signal = overlapped(framed * shape)
    weight = overlapped((shape * shape).expand(1, frames, n_fft))
    start = n_fft // 2 if center else 0
    end = total
    if length is not None:
        end = start + length
    elif center:
        end -= n_fft // 2
    kept = min(end, total) - start
    signal, weight = signal.narrow(1, start, kept), weight.narrow(1, start, kept)
    least = weight.abs().min().item()
    if not least > 1e-11:
        raise fail("window overlap add min: 1")
    signal = signal / weight
    if end > total:
        _warn_once(
            "The length of signal is shorter than the length parameter. Result is being padded "
            "with zeros in the tail. Please check your center and hop_length settings."
        )
        zeros = ops.zeros((batch, end - total), dtype=signal.dtype)
        signal = ops.cat([signal, zeros], 1)
    return signal if input.dim() == 3 else signal.squeeze(0)
