"""Hooks, from Python: what they get, what they may give back, and what their errors are."""

import pytest

import apus as torch
from apus import autograd
from apus.autograd import graph

from support import leaf, words


def test_a_hook_sees_the_gradient_and_may_replace_it():
    x = leaf(1, 2)
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g + 1)
    (x * 3).sum().backward()
    assert seen == [[3, 3]] and x.grad.tolist() == [31, 31]


def test_a_handle_removes_its_hook():
    x = leaf(1)
    seen = []
    handle = x.register_hook(lambda g: seen.append(1))
    (x * 2).backward()
    handle.remove()
    handle.remove()
    (x * 2).backward()
    assert seen == [1]
    with x.register_hook(lambda g: seen.append(2)) as handle:
        (x * 2).backward()
    (x * 2).backward()
    assert seen == [1, 2]
    # A handle that nobody keeps does not take the hook with it.
    x.register_hook(lambda g: seen.append(3))
    (x * 2).backward()
    assert seen == [1, 2, 3]


def test_a_hook_stays_with_the_value_it_was_registered_on():
    x = leaf(1, 2)
    y = x * 1
    seen = {}
    y.register_hook(lambda g: seen.update(before=g.tolist()))
    y.mul_(3)
    y.register_hook(lambda g: seen.update(after=g.tolist()))
    y.sum().backward()
    assert seen == {"before": [3, 3], "after": [1, 1]}


def test_messages():
    x = leaf(1, 2)
    assert words(RuntimeError, lambda: torch.ones(2).register_hook(lambda g: g)) == (
        "cannot register a hook on a tensor that doesn't require gradient"
    )
    with x.register_hook(lambda g: g[:1]):
        assert words(RuntimeError, lambda: x.sum().backward()) == (
            "hook '<lambda>' has changed the size of value"
        )
    with x.register_hook(lambda g: g.double()):
        assert words(RuntimeError, lambda: x.sum().backward()) == (
            "hook '<lambda>' has changed the type of value (was torch.FloatTensor got "
            "torch.DoubleTensor)"
        )

    def named(g):
        return 3

    with x.register_hook(named):
        assert words(TypeError, lambda: x.sum().backward()) == (
            "expected Variable, but hook returned 'int'"
        )
    assert words(
        RuntimeError, lambda: (x * 2).register_post_accumulate_grad_hook(lambda p: None)
    ) == "post accumulate grad hooks cannot be registered on non-leaf tensors"


def test_a_post_accumulate_hook_gets_the_leaf_itself():
    x, y = leaf(1, 2), leaf(3, 4)
    names = {x: "x", y: "y"}
    seen = []

    def hook(parameter):
        seen.append((names[parameter], parameter.grad.tolist()))
        parameter.grad = None

    x.register_post_accumulate_grad_hook(hook)
    y.register_post_accumulate_grad_hook(hook)
    (x * y).sum().backward()
    assert sorted(seen) == [("x", [3, 4]), ("y", [1, 2])]
    assert x.grad is None and y.grad is None
    seen.clear()
    autograd.grad((x * y).sum(), [x, y])
    assert seen == []


def test_node_hooks():
    x, y = leaf(1, 2), leaf(3, 4)
    z = x * y
    seen = {}

    def before(outputs):
        seen["pre"] = [g.tolist() for g in outputs]
        return (outputs[0] * 2,)

    def after(inputs, outputs):
        seen["post"] = [g.tolist() for g in inputs], [g.tolist() for g in outputs]
        return inputs[0] + 1, None

    z.grad_fn.register_prehook(before)
    z.grad_fn.register_hook(after)
    z.sum().backward()
    assert seen["pre"] == [[1, 1]]
    assert seen["post"] == ([[6, 8], [2, 4]], [[2, 2]])
    assert x.grad.tolist() == [7, 9] and y.grad is None


def test_node_hooks_count_what_is_returned():
    x, y = leaf(1, 2), leaf(3, 4)
    z = x * y
    z.grad_fn.register_hook(lambda inputs, outputs: (inputs[0],))
    assert words(RuntimeError, lambda: z.sum().backward()) == (
        "hook '<lambda>' has returned an incorrect number of values (got 1, but expected 2)"
    )
    z = x * y
    z.grad_fn.register_prehook(lambda outputs: (outputs[0][:1],))
    assert words(RuntimeError, lambda: z.sum().backward()) == (
        "hook '<lambda>' has changed the size of value"
    )


def test_a_posthook_of_an_accumulator_gets_no_inputs():
    x = leaf(1, 2)
    seen = []
    node = (x * 2).grad_fn.next_functions[0][0]
    node.register_hook(lambda inputs, outputs: seen.append((inputs, len(outputs))))
    (x * 2).sum().backward()
    assert seen == [((), 1)]


def test_hooks_on_several_tensors():
    a, b, c = leaf(1), leaf(2), leaf(3)
    seen = []

    def all_of(grads):
        seen.append([None if g is None else g.tolist() for g in grads])

    handle = graph.register_multi_grad_hook((a, b, c), all_of)
    (a * b).backward()
    assert seen == [[[2], [1], None]]
    handle.remove()
    (a * b).backward()
    assert len(seen) == 1
    first = []
    graph.register_multi_grad_hook((a, b), lambda g: first.append(g.tolist()), mode="any")
    (a * b).backward()
    assert len(first) == 1
    with pytest.raises(ValueError):
        graph.register_multi_grad_hook((a,), all_of, mode="some")


def test_callbacks_at_the_end_of_a_pass():
    x = leaf(1, 2)
    seen = []
    engine = autograd.Variable._execution_engine
    x.register_hook(
        lambda g: engine.queue_callback(lambda: seen.append(x.grad.tolist()))
    )
    x.sum().backward()
    assert seen == [[1, 1]]
    assert words(RuntimeError, lambda: engine.queue_callback(lambda: None)) == (
        "Final callbacks can only be installed during backward pass."
    )


def test_exceptions_are_the_same_object():
    x = leaf(1, 2)
    problem = ValueError("boom")

    def fails(*arguments):
        raise problem

    y = x * 2
    for register in (
        x.register_hook, x.register_post_accumulate_grad_hook, y.grad_fn.register_hook,
        y.grad_fn.register_prehook,
    ):
        handle = register(fails)
        with pytest.raises(ValueError) as caught:
            y.sum().backward(retain_graph=True)
        assert caught.value is problem
        handle.remove()

    class Own(BaseException):
        def __str__(self):
            return text

    own = Own()

    def ends(g):
        raise own

    for text in ("", "two\nlines", "\0\x01 \udc80 ü"):
        with x.register_hook(ends):
            with pytest.raises(Own) as caught:
                y.sum().backward(retain_graph=True)
        assert caught.value is own
    x.grad = None
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_a_backward_from_a_hook():
    x, w = leaf(1, 2), leaf(3, 4)

    def hook(g):
        assert not torch.is_grad_enabled()
        with torch.enable_grad():
            (w * 5).sum().backward()

    x.register_hook(hook)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2] and w.grad.tolist() == [5, 5]


def test_the_order_of_hooks():
    x = leaf(1, 2)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append("first") or g * 10)
    y.retain_grad()
    y.register_hook(lambda g: seen.append("second") or g + 1)
    y.grad_fn.register_hook(lambda i, o: seen.append("node post"))
    y.grad_fn.register_prehook(lambda o: seen.append("node pre"))
    x.register_hook(lambda g: seen.append("leaf"))
    x.register_post_accumulate_grad_hook(lambda p: seen.append("accumulated"))
    y.sum().backward()
    assert seen == ["first", "second", "node pre", "node post", "leaf", "accumulated"]
    assert y.grad.tolist() == [11, 11]


def test_the_latest_node_runs_first():
    x = leaf(1)
    a, b = x * 2, x * 3
    seen = []
    a.register_hook(lambda g: seen.append("a"))
    b.register_hook(lambda g: seen.append("b"))
    (a + b).backward()
    assert seen == ["b", "a"]
