"""Derivatives of functions at a point, by backward passes through what they recorded.

All functions take `create_graph`, which makes results differentiable, and `strict`, which makes an
error of an independence that would give zeros.
"""

from .. import _operators as ops
from .._tensor import Tensor
from . import grad
from .grad_mode import enable_grad, is_grad_enabled, set_grad_enabled

# Arguments and results


def _as_tuple(value, argument=None, api=None):
    """Whether it is a tuple, and as one."""
    if isinstance(value, (tuple, list)):
        tensors = tuple(value)
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    "The %s given to %s must be either a Tensor or a tuple of Tensors but the value "
                    "at index %d has type %s." % (argument, api, i, type(tensor))
                )
        return True, tensors
    if not isinstance(value, Tensor):
        raise TypeError(
            "The %s given to %s must be either a Tensor or a tuple of Tensors but the given %s has "
            "type %s." % (argument, api, argument, type(value))
        )
    return False, (value,)


def _variables(inputs, create_graph, need_graph=True):
    """Tensors of their own for the function, so that what it captures is told from its arguments."""
    return tuple([
        tensor.view_as(tensor) if create_graph and tensor.requires_grad
        else tensor.detach().requires_grad_(need_graph)
        for tensor in inputs
    ])  # fmt: skip


def _finished(results, create_graph, is_tuple):
    """Results as the caller gets them."""
    found = tuple(results) if create_graph else tuple([result.detach() for result in results])
    return found if is_tuple else found[0]


def _outputs(func, inputs, api, strict):
    is_tuple, outputs = _as_tuple(
        func(*inputs), "outputs of the user-provided function", api
    )
    for i, output in enumerate(outputs):
        if strict and not output.requires_grad:
            raise RuntimeError(
                "Output %d of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode." % i
            )
    return is_tuple, outputs


def _vector(v, references, is_tuple, create_graph, api):
    _, v = _as_tuple(v, "v", api)
    if len(v) != len(references):
        if not is_tuple:
            raise RuntimeError("The given v should contain a single Tensor.")
        raise RuntimeError(
            "v is a tuple of invalid length: should be %d but got %d." % (len(references), len(v))
        )
    for i, (vector, reference) in enumerate(zip(v, references)):
        if vector.shape != reference.shape:
            raise RuntimeError(
                "%sv has invalid size: should be %s but got %s."
                % ("Entry %d in " % i if is_tuple else "", reference.shape, vector.shape)
            )
    return _variables(v, create_graph, need_graph=False)


def _direction(v, inputs, is_tuple, create_graph, api):
    if v is not None:
        return _vector(v, inputs, is_tuple, create_graph, api)
    if len(inputs) != 1 or inputs[0].numel() != 1:
        raise RuntimeError(
            "The vector v can only be None if the input to the user-provided function is a single "
            "Tensor with a single element."
        )
    return None


def _gradients(outputs, inputs, seeds=None, create_graph=False, retain_graph=None):
    """Gradients of those outputs that have a history; None where there is none."""
    seeds = (None,) * len(outputs) if seeds is None else seeds
    pairs = [
        pair for pair in zip(outputs, seeds) if pair[0] is not None and pair[0].requires_grad
    ]
    if not pairs:
        return (None,) * len(inputs)
    roots, weights = zip(*pairs)
    return grad(
        roots, inputs, weights, retain_graph=retain_graph, create_graph=create_graph,
        allow_unused=True,
    )


_MISSING = {
    "back": "The output of the user-provided function is independent of input %d. This is not "
    "allowed in strict mode.",
    "back_trick": "The gradient with respect to the input is independent of entry %d in the "
    "grad_outputs when using the double backward trick to compute forward mode gradients. This is "
    "not allowed in strict mode.",
    "double_back": "The jacobian of the user-provided function is independent of input %d. This is "
    "not allowed in strict mode.",
    "double_back_trick": "The hessian of the user-provided function is independent of entry %d in "
    "the grad_jacobian. This is not allowed in strict mode as it prevents from using the double "
    "backward trick to replace forward mode AD.",
}
_CONSTANT = (
    "The %s of the user-provided function is independent of input %d. This is not allowed in strict "
    "mode when create_graph=True."
)
_LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with "
    "respect to input %d is independent of the input. This is not allowed in strict mode. You "
    "should ensure that your function is twice differentiable and that the jacobian depends on the "
    "inputs (this would be violated by a linear function for example)."
)


def _filled(gradients, references, strict, create_graph, stage):
    """Zeros in place of what is missing, or an error."""
    found = []
    for i, (gradient, reference) in enumerate(zip(gradients, references)):
        if gradient is None:
            if strict:
                raise RuntimeError(_MISSING[stage] % i)
            gradient = ops.zeros_like(reference)
        elif strict and create_graph and not gradient.requires_grad:
            raise RuntimeError(_CONSTANT % ("hessian" if "double" in stage else "jacobian", i))
        found.append(gradient)
    return found


def _check_slopes(gradients, strict, words):
    for i, gradient in enumerate(gradients):
        if strict and gradient is None:
            raise RuntimeError(_MISSING["back"] % i)
        if strict and not gradient.requires_grad:
            raise RuntimeError(words % i)


# Products


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """The outputs, and the product of a vector and the Jacobian."""
    with enable_grad():
        is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "vjp")
        inputs = _variables(inputs, create_graph)
        is_outputs_tuple, outputs = _outputs(func, inputs, "vjp", strict)
        if v is not None:
            v = _vector(v, outputs, is_outputs_tuple, create_graph, "vjp")
        elif len(outputs) != 1 or outputs[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single "
                "Tensor with a single element."
            )
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(outputs, inputs, v, create_graph)
        found = _filled(found, inputs, strict, create_graph, "back")
    return (
        _finished(outputs, create_graph, is_outputs_tuple),
        _finished(found, create_graph, is_inputs_tuple),
    )


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """The outputs, and the product of the Jacobian and a vector."""
    with enable_grad():
        is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jvp")
        inputs = _variables(inputs, create_graph)
        v = _direction(v, inputs, is_inputs_tuple, create_graph, "jvp")
        is_outputs_tuple, outputs = _outputs(func, inputs, "jvp", strict)
        # The gradient is linear in these, so what they are does not matter.
        seeds = tuple([ops.zeros_like(output).requires_grad_() for output in outputs])
        transposed = _gradients(outputs, inputs, seeds, create_graph=True)
        _check_slopes(
            transposed, strict,
            "The gradient with respect to input %d is independent of the inputs of the "
            "user-provided function. This is not allowed in strict mode.",
        )
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(transposed, seeds, v, create_graph)
        found = _filled(found, outputs, strict, create_graph, "back_trick")
    return (
        _finished(outputs, create_graph, is_outputs_tuple),
        _finished(found, create_graph, is_outputs_tuple),
    )


def _slopes(func, inputs, v, create_graph, strict, api):
    """The gradient of a function of one number, with its graph."""
    is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", api)
    inputs = _variables(inputs, create_graph)
    v = _direction(v, inputs, is_inputs_tuple, create_graph, api)
    is_outputs_tuple, outputs = _outputs(func, inputs, api, strict)
    if is_outputs_tuple:
        raise RuntimeError("The function given to %s should return a single Tensor" % api)
    if outputs[0].numel() != 1:
        raise RuntimeError(
            "The Tensor returned by the function given to %s should contain a single element" % api
        )
    jacobian = _gradients(outputs, inputs, create_graph=True)
    _check_slopes(jacobian, strict, _LINEAR)
    return is_inputs_tuple, inputs, v, outputs, jacobian


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """The output, and the product of a vector and the Hessian of a function of one number."""
    with enable_grad():
        is_tuple, inputs, v, outputs, jacobian = _slopes(
            func, inputs, v, create_graph, strict, "vhp"
        )
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(jacobian, inputs, v, create_graph)
        found = _filled(found, inputs, strict, create_graph, "double_back")
    return _finished(outputs, create_graph, False), _finished(found, create_graph, is_tuple)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """The output, and the product of the Hessian and a vector."""
    with enable_grad():
        is_tuple, inputs, v, outputs, jacobian = _slopes(
            func, inputs, v, create_graph, strict, "hvp"
        )
        seeds = tuple([ops.zeros_like(tensor).requires_grad_() for tensor in inputs])
        twice = _gradients(jacobian, inputs, seeds, create_graph=True)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(twice, seeds, v, create_graph)
        found = _filled(found, inputs, strict, create_graph, "double_back_trick")
    return _finished(outputs, create_graph, False), _finished(found, create_graph, is_tuple)


# Jacobians


def _rows(output, number, inputs, strict, create_graph):
    """For each input the rows of a Jacobian, one backward pass after the other."""
    rows = [[] for _ in inputs]
    for element in output.reshape(-1).unbind(0):
        found = _gradients((element,), inputs, create_graph=create_graph, retain_graph=True)
        for i, gradient in enumerate(found):
            if gradient is None:
                if strict:
                    raise RuntimeError(
                        "Output %d of the user-provided function is independent of input %d. This is "
                        "not allowed in strict mode." % (number, i)
                    )
                gradient = ops.zeros_like(inputs[i])
            elif strict and create_graph and not gradient.requires_grad:
                raise RuntimeError(_CONSTANT % ("jacobian", i))
            rows[i].append(gradient)
    return rows


def _joined(rows, output, tensor):
    shape = (*output.shape, *tensor.shape)
    return ops.stack(rows).reshape(shape) if rows else ops.zeros(shape, dtype=tensor.dtype)


def _rows_at_once(output, inputs, create_graph):
    if not output.requires_grad or not output.numel():
        return [
            ops.zeros((*output.shape, *tensor.shape), dtype=tensor.dtype) for tensor in inputs
        ]
    seeds = ops.eye(output.numel(), dtype=output.dtype).reshape((-1, *output.shape))
    found = grad(
        output, inputs, seeds, retain_graph=True, create_graph=create_graph, allow_unused=True,
        is_grads_batched=True,
    )
    return [
        (
            ops.zeros((*output.shape, *tensor.shape), dtype=tensor.dtype) if part is None
            else part.reshape((*output.shape, *tensor.shape))
        )
        for part, tensor in zip(found, inputs)
    ]  # fmt: skip


def _forward(func, inputs, strict, vectorize, create_graph):
    if create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` '
            "are not supported together (yet). Please either set `create_graph=False` or "
            '`strategy="reverse-mode"`.'
        )
    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are '
            "not supported together (yet). Please either set `strict=False` or "
            '`strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented "
            "for `vectorize=True`."
        )
    from ..func import jacfwd

    is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
    is_outputs_tuple = []

    def listed(*arguments):
        is_tuple, outputs = _as_tuple(
            func(*arguments), "outputs of the user-provided function", "jacobian"
        )
        is_outputs_tuple[:] = [is_tuple]
        return outputs

    found = jacfwd(listed, tuple(range(len(inputs))))(*[tensor.detach() for tensor in inputs])
    return _shaped(found, is_outputs_tuple[0], is_inputs_tuple)


def _shaped(rows, is_outputs_tuple, is_inputs_tuple):
    rows = tuple([row if is_inputs_tuple else row[0] for row in rows])
    return rows if is_outputs_tuple else rows[0]


def jacobian(
    func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"
):
    """The Jacobian of each output for each input, with the sizes of the output followed by those of
    the input."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function '
            "has more outputs than inputs, \"forward-mode\" tends to be more performant. Otherwise, "
            'prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _forward(func, inputs, strict, vectorize, create_graph)
    with enable_grad():
        is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
        inputs = _variables(inputs, create_graph)
        is_outputs_tuple, outputs = _outputs(func, inputs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not "
                "supported together. Please either set `strict=False` or `vectorize=False`."
            )
        found = []
        for number, output in enumerate(outputs):
            if vectorize:
                parts = _rows_at_once(output, inputs, create_graph)
            else:
                rows = _rows(output, number, inputs, strict, create_graph)
                parts = [_joined(row, output, tensor) for row, tensor in zip(rows, inputs)]
            found.append(_finished(parts, create_graph, True))
    return _shaped(found, is_outputs_tuple, is_inputs_tuple)


def hessian(
    func, inputs, create_graph=False, strict=False, vectorize=False,
    outer_jacobian_strategy="reverse-mode",
):
    """The second derivatives of a function of one number."""
    is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode".'
        )

    def single(*arguments):
        output = func(*arguments)
        is_tuple, _ = _outputs(lambda: output, (), "hessian", strict)
        if is_tuple:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if output.numel() != 1:
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain a single "
                "element"
            )
        return output.squeeze()

    def slopes(*arguments):
        if outer_jacobian_strategy == "forward-mode":
            from ..func import jacrev

            return jacrev(single, tuple(range(len(arguments))))(*arguments)
        found = jacobian(single, arguments, create_graph=True)
        _check_slopes(found, strict, _LINEAR)
        return found

    found = jacobian(
        slopes, inputs, create_graph=create_graph, strict=strict, vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )
    return found if is_inputs_tuple else found[0][0]
