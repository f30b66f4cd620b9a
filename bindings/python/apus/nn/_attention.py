"""Attention, and maps of one tensor or two."""

import warnings

from .. import _operators as ops
from .._types import boolean as bool_type

__all__ = "bilinear linear multi_head_attention_forward scaled_dot_product_attention".split()


def linear(input, weight, bias=None):
    """input weight^T + bias."""
    return ops.linear(input, weight, bias)


def bilinear(input1, input2, weight, bias=None):
    """input1^T weight input2 + bias."""
    return ops.bilinear(input1, input2, weight, bias)


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None,
    enable_gqa=False,
):
    """softmax(scale * query key^T + mask) value."""
    return ops.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)


def _check(holds, words):
    if not holds:
        raise AssertionError(words)


def _mask(mask, name, other, other_name, target, checks_other=True):
    """A mask as numbers that are added."""
    if mask is None:
        return None
    is_float = mask.dtype.is_floating_point
    if mask.dtype != bool_type and not is_float:
        raise AssertionError("only bool and floating types of %s are supported" % name)
    if checks_other and other is not None and other.dtype != mask.dtype:
        warnings.warn(
            "Support for mismatched %s and %s is deprecated. Use same type for both instead."
            % (name, other_name),
            stacklevel=3,
        )
    if is_float:
        return mask
    zeros = ops.zeros(list(mask.shape), dtype=target)
    return ops.masked_fill(zeros, mask, float("-inf"))


def _project(q, k, v, weight, bias):
    """Queries, keys and values, projected by the three parts of one weight."""
    size = q.shape[-1]
    if k is v:
        if q is k:
            return tuple(linear(q, weight, bias).chunk(3, dim=-1))
        w_q, w_kv = weight.split([size, size * 2])
        b_q, b_kv = (None, None) if bias is None else bias.split([size, size * 2])
        key, value = linear(k, w_kv, b_kv).chunk(2, dim=-1)
        return linear(q, w_q, b_q), key, value
    w_q, w_k, w_v = weight.chunk(3)
    b_q, b_k, b_v = (None,) * 3 if bias is None else bias.chunk(3)
    return linear(q, w_q, b_q), linear(k, w_k, b_k), linear(v, w_v, b_v)


def _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads):
    """True for a batch; what has the wrong dimensions is refused."""
    if query.dim() not in (2, 3):
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor but received %s-D query tensor"
            % query.dim()
        )
    batched = query.dim() == 3
    rank, kind = query.dim(), "batched" if batched else "unbatched"
    _check(
        key.dim() == rank and value.dim() == rank,
        "For %s (%d-D) `query`, expected `key` and `value` to be %d-D but found %d-D and %d-D "
        "tensors respectively" % (kind, rank, rank, key.dim(), value.dim()),
    )
    if key_padding_mask is not None:
        _check(
            key_padding_mask.dim() == rank - 1,
            "For %s (%d-D) `query`, expected `key_padding_mask` to be `None` or %d-D but found "
            "%d-D tensor instead" % (kind, rank, rank - 1, key_padding_mask.dim()),
        )
    if attn_mask is not None:
        _check(
            attn_mask.dim() in (2, 3),
            "For %s (%d-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found %d-D "
            "tensor instead" % (kind, rank, attn_mask.dim()),
        )
        if not batched and attn_mask.dim() == 3:
            expected = (num_heads, query.shape[0], key.shape[0])
            _check(
                tuple(attn_mask.shape) == expected,
                "Expected `attn_mask` shape to be %s but got %s" % (expected, attn_mask.shape),
            )
    return batched


def _extended(mask, count=1):
    """A mask with columns that are seen."""
    if mask is None:
        return None
    sizes = list(mask.shape[:-1]) + [count]
    return ops.cat([mask, ops.zeros(sizes, dtype=mask.dtype)], -1)


def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k,
    bias_v, add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=True,
    key_padding_mask=None, need_weights=True, attn_mask=None, use_separate_proj_weight=False,
    q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None,
    average_attn_weights=True, is_causal=False,
):
    """Attention of several heads, with projections before and after."""
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    source = key.shape[0]
    key_padding_mask = _mask(
        key_padding_mask, "key_padding_mask", attn_mask, "attn_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the "
            "Transformer module method `generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        if key_padding_mask is not None:
            is_causal = False
    _check(
        width == embed_dim_to_check,
        "was expecting embedding dimension of %s, but got %s" % (embed_dim_to_check, width),
    )
    head = width // num_heads
    _check(
        head * num_heads == width,
        "embed_dim %s not divisible by num_heads %s" % (width, num_heads),
    )
    if use_separate_proj_weight:
        _check(
            key.shape[:2] == value.shape[:2],
            "key's sequence and batch dims %s do not match value's %s"
            % (key.shape[:2], value.shape[:2]),
        )
        for name, weight in (
            ("q", q_proj_weight), ("k", k_proj_weight), ("v", v_proj_weight),
        ):
            _check(
                weight is not None,
                "use_separate_proj_weight is True but %s_proj_weight is None" % name,
            )
        b_q, b_k, b_v = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        q = linear(query, q_proj_weight, b_q)
        k = linear(key, k_proj_weight, b_k)
        v = linear(value, v_proj_weight, b_v)
    else:
        _check(
            key.shape == value.shape,
            "key shape %s does not match value shape %s" % (key.shape, value.shape),
        )
        _check(
            in_proj_weight is not None,
            "use_separate_proj_weight is False but in_proj_weight is None",
        )
        q, k, v = _project(query, key, value, in_proj_weight, in_proj_bias)
    if attn_mask is not None:
        if attn_mask.dim() == 2:
            expected = (length, source)
            if tuple(attn_mask.shape) != expected:
                raise RuntimeError(
                    "The shape of the 2D attn_mask is %s, but should be %s."
                    % (attn_mask.shape, expected)
                )
            attn_mask = attn_mask.unsqueeze(0)
        else:
            expected = (batch * num_heads, length, source)
            if tuple(attn_mask.shape) != expected:
                raise RuntimeError(
                    "The shape of the 3D attn_mask is %s, but should be %s."
                    % (attn_mask.shape, expected)
                )
    if bias_k is not None and bias_v is not None:
        _check(static_k is None, "bias cannot be added to static key.")
        _check(static_v is None, "bias cannot be added to static value.")
        k = ops.cat([k, bias_k.repeat(1, batch, 1)])
        v = ops.cat([v, bias_v.repeat(1, batch, 1)])
        attn_mask, key_padding_mask = _extended(attn_mask), _extended(key_padding_mask)
    else:
        _check(bias_k is None, "bias_k is not None but bias_v is None")
        _check(bias_v is None, "bias_v is not None but bias_k is None")
    heads = batch * num_heads
    q = q.reshape(length, heads, head).transpose(0, 1)
    if static_k is None:
        k = k.reshape(k.shape[0], heads, head).transpose(0, 1)
    else:
        k = _static(static_k, "static_k", heads, head)
    if static_v is None:
        v = v.reshape(v.shape[0], heads, head).transpose(0, 1)
    else:
        v = _static(static_v, "static_v", heads, head)
    if add_zero_attn:
        zeros = ops.zeros([heads, 1, head], dtype=k.dtype)
        k, v = ops.cat([k, zeros], 1), ops.cat([v, zeros], 1)
        attn_mask, key_padding_mask = _extended(attn_mask), _extended(key_padding_mask)
    source = k.shape[1]
    if key_padding_mask is not None:
        _check(
            tuple(key_padding_mask.shape) == (batch, source),
            "key_padding_mask shape %s must be (%s, %s)"
            % (key_padding_mask.shape, batch, source),
        )
        padding = key_padding_mask.reshape(batch, 1, 1, source) \
            .expand(batch, num_heads, 1, source).reshape(heads, 1, source)
        attn_mask = padding if attn_mask is None else attn_mask + padding
    if not training:
        dropout_p = 0.0
    if need_weights:
        _check(
            not (is_causal and attn_mask is None),
            "FIXME: is_causal not implemented for need_weights",
        )
        weights = ops.bmm(q * (1.0 / float(head)) ** 0.5, k.transpose(-2, -1))
        if attn_mask is not None:
            weights = attn_mask + weights
        weights = ops.softmax(weights, -1)
        if dropout_p > 0.0:
            from . import functional

            weights = functional.dropout(weights, p=dropout_p)
        output = ops.bmm(weights, v)
        output = output.transpose(0, 1).contiguous().view(length * batch, width)
        output = linear(output, out_proj_weight, out_proj_bias)
        output = output.view(length, batch, output.shape[1])
        weights = weights.view(batch, num_heads, length, source)
        if average_attn_weights:
            weights = weights.mean(dim=1)
        if not batched:
            output, weights = output.squeeze(1), weights.squeeze(0)
        return output, weights
    if attn_mask is not None:
        if attn_mask.shape[0] == 1 and attn_mask.dim() == 3:
            attn_mask = attn_mask.unsqueeze(0)
        else:
            attn_mask = attn_mask.view(batch, num_heads, -1, source)
    output = scaled_dot_product_attention(
        q.reshape(batch, num_heads, length, head), k.reshape(batch, num_heads, source, head),
        v.reshape(batch, num_heads, source, head), attn_mask, dropout_p, is_causal)
    output = output.permute(2, 0, 1, 3).contiguous().view(batch * length, width)
    output = linear(output, out_proj_weight, out_proj_bias)
    output = output.view(length, batch, output.shape[1])
    return (output if batched else output.squeeze(1)), None


def _static(tensor, name, heads, head):
    """Keys or values that are given as they are to be used."""
    for i, expected in ((0, heads), (2, head)):
        _check(
            tensor.shape[i] == expected,
            "expecting %s.size(%d) of %s, but got %s" % (name, i, expected, tensor.shape[i]),
        )
    return tensor
