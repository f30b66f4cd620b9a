"""The graph, seen from Python."""

import gc
import shutil

import apus as torch
from apus import autograd
from apus.autograd import graph

from support import leaf, words


def test_a_node_is_one_object():
    x = leaf(1, 2)
    y = x * 2
    node = y.grad_fn
    assert y.grad_fn is node and isinstance(node, graph.Node)
    z = y + 1
    assert z.grad_fn.next_functions == ((node, 0),)
    assert z.grad_fn.next_functions[0][0] is node
    accumulator = node.next_functions[0][0]
    assert (x * 3).grad_fn.next_functions[0][0] is accumulator
    assert accumulator.name() == "torch::autograd::AccumulateGrad"
    assert repr(accumulator).startswith("<AccumulateGrad object at 0x")
    assert accumulator.variable is x


def test_next_functions():
    x = leaf(1, 2)
    node = (x * torch.ones(2)).grad_fn
    assert node.next_functions[1] == (None, 0)
    a, b = (x * 1).unbind()
    assert (a + b).grad_fn.next_functions == ((a.grad_fn, 0), (a.grad_fn, 1))


def test_metadata():
    x = leaf(1, 2)
    y = x * 2
    assert y.grad_fn.metadata == {}
    y.grad_fn.metadata["place"] = "here"
    gc.collect()
    assert y.grad_fn.metadata == {"place": "here"}


def test_sequence_numbers():
    x = leaf(1, 2)
    a, b = x * 2, x * 3
    assert b.grad_fn._sequence_nr() == a.grad_fn._sequence_nr() + 1
    assert a.grad_fn.next_functions[0][0]._sequence_nr() == (1 << 64) - 1
    assert a.grad_fn.requires_grad


def test_attributes_that_are_not_there():
    node = (leaf(1) * 2).grad_fn
    for name in ("variable", "foo"):
        assert words(AttributeError, lambda: getattr(node, name)) == (
            "'MulBackward0' object has no attribute '%s'" % name
        )


def test_gradient_edges():
    x = leaf(1, 2)
    y = x * 2
    edge = graph.get_gradient_edge(y)
    assert edge.node is y.grad_fn and edge.output_nr == 0
    z = (y * y).sum()
    assert autograd.grad(z, edge)[0].tolist() == [4, 8]
    (g,) = autograd.grad(edge, x, torch.ones(2))
    assert g.tolist() == [2, 2]
    assert graph.get_gradient_edge(x).node.variable is x
    assert words(RuntimeError, lambda: graph.get_gradient_edge(torch.ones(1))) == (
        "It is not possible to get the gradient edge for a Tensor that does not require gradients"
    )


def test_increment_version():
    x = leaf(1, 2)
    y = x.exp()
    graph.increment_version(y)
    graph.increment_version([y])
    assert y._version == 2
    assert words(RuntimeError, lambda: y.sum().backward()) == (
        "one of the variables needed for gradient computation has been modified by an inplace "
        "operation: [torch.FloatTensor [2]], which is output 0 of Exp, is at version 2; expected "
        "version 0 instead. Hint: enable anomaly detection to find the operation that failed to "
        "compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def test_saved_values():
    x, y = leaf(1, 2), leaf(3, 4)
    node = (x * y).grad_fn
    assert node._saved_self is x and node._saved_other is y
    assert {"_saved_self", "_raw_saved_other", "next_functions"} <= set(dir(node))
    z = x.exp()
    assert z.grad_fn._saved_result.tolist() == z.tolist()
    assert z.grad_fn._saved_result.grad_fn is z.grad_fn
    z.sum().backward()
    assert words(RuntimeError, lambda: z.grad_fn._saved_result).startswith(
        "Trying to backward through the graph a second time (or directly access saved tensors"
    )


def test_hooks_on_one_saved_tensor():
    x = leaf(1, 2)
    y = x.log()
    seen = []
    raw = y.grad_fn._raw_saved_self
    raw.register_hooks(lambda t: seen.append("pack") or t * 2, lambda t: seen.append("unpack") or t)
    assert seen == ["pack"]
    assert words(RuntimeError, lambda: raw.register_hooks(lambda t: t, lambda t: t)) == (
        "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only "
        "one pair of hooks is allowed at a time."
    )
    y.sum().backward()
    assert seen == ["pack", "unpack"] and x.grad.tolist() == [0.5, 0.25]


def test_dot():
    x = leaf(1, 2)
    picture = graph.dot((x * x).exp().sum())
    text = str(picture)
    assert text.startswith("digraph") and "SumBackward0" in text and "MulBackward0" in text
    if shutil.which("dot"):
        assert "<svg" in picture._repr_svg_() and "<svg" in picture._repr_html_()
    else:
        assert picture._repr_svg_() is None and "digraph" in picture._repr_html_()
