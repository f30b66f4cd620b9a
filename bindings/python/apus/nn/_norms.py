"""Normalisation."""

from .. import _operators as ops

__all__ = "batch_norm group_norm instance_norm layer_norm local_response_norm rms_norm".split()


def _check_batch(size):
    """A batch has to have more than one element of a channel."""
    count = size[0]
    for extent in size[2:]:
        count *= extent
    if count == 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, got input size %s" % (size,)
        )


def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1,
    eps=1e-05,
):
    """Channels less their mean, over the root of their variance."""
    if training:
        _check_batch(input.size())
    return ops.batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps)


def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True,
    momentum=0.1, eps=1e-05,
):
    """The same for each element of a batch."""
    if use_input_stats:
        count = 1
        for extent in input.size()[2:]:
            count *= extent
        if count == 1:
            raise ValueError(
                "Expected more than 1 spatial element when training, got input size %s"
                % (input.size(),)
            )
    return ops.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05):
    """Groups of channels less their mean, over the root of their variance."""
    if input.dim() < 2:
        raise RuntimeError(
            "Expected at least 2 dimensions for input tensor but received %s" % input.dim()
        )
    size = input.size()
    _check_batch([size[0] * size[1] // num_groups, num_groups] + list(size[2:]))
    return ops.group_norm(input, num_groups, weight, bias, eps)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05):
    """The last dimensions less their mean, over the root of their variance."""
    return ops.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """The last dimensions over the root of their mean square."""
    return ops.rms_norm(input, normalized_shape, weight, eps)


def local_response_norm(input, size, alpha=0.0001, beta=0.75, k=1.0):
    """Elements over a power of the mean square of neighbouring channels."""
    return ops.local_response_norm(input, size, alpha, beta, k)
