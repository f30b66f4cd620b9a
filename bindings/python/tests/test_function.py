"""autograd.Function from Python."""

import gc
import weakref

import pytest

import apus as torch
from apus import autograd
from apus.autograd import Function
from apus.autograd.function import once_differentiable

from support import leaf, words


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * 3 * x * x


class NewCube(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x * x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * 3 * x * x

    @staticmethod
    def jvp(ctx, tangent):
        (x,) = ctx.saved_tensors
        return tangent * 3 * x * x


def with_backward(backward, forward=lambda ctx, x: x * 2):
    return type("A", (Function,), dict(
        forward=staticmethod(forward), backward=staticmethod(backward)
    ))


@pytest.mark.parametrize("cube", [Cube, NewCube])
def test_gradients_of_all_orders(cube):
    x = leaf(2, 3)
    y = cube.apply(x)
    assert y.tolist() == [8, 27]
    assert y.grad_fn.name() == cube.__name__ + "Backward"
    (first,) = autograd.grad(y.sum(), x, create_graph=True)
    (second,) = autograd.grad(first.sum(), x, create_graph=True)
    (third,) = autograd.grad(second.sum(), x)
    assert first.tolist() == [12, 27] and second.tolist() == [12, 18] and third.tolist() == [6, 6]


def test_other_arguments_and_attributes():
    class Scale(Function):
        @staticmethod
        def forward(ctx, x, factor, label, y):
            ctx.factor, ctx.label = factor, label
            assert not torch.is_grad_enabled()
            return x * factor, label, y * 1

        @staticmethod
        def backward(ctx, gx, nothing, gy):
            assert nothing is None and ctx.label == "a"
            assert ctx.needs_input_grad == (True, False, False, False)
            return gx * ctx.factor, None, None, None

    x = leaf(1, 2)
    out, label, y = Scale.apply(x, 5, "a", torch.ones(1))
    assert label == "a"
    out.sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_forward_gets_the_callers_objects():
    x = leaf(1)
    seen = []
    A = with_backward(lambda ctx, g: g, lambda ctx, t: seen.append(t is x) or t * 1)
    A.apply(x)
    assert seen == [True]


def test_saved_leaves_come_back_as_themselves():
    x = leaf(1)
    y = Cube.apply(x)
    assert y.grad_fn.saved_tensors[0] is x
    y.backward()
    assert words(RuntimeError, lambda: y.grad_fn.saved_tensors) == (
        "Trying to backward through the graph a second time (or directly access saved tensors after"
        " they have already been freed). Saved intermediate values of the graph are freed when you "
        "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
        "through the graph a second time or if you need to access saved tensors after calling "
        "backward."
    )


def test_missing_gradients():
    seen = []

    def two(ctx, x):
        return x * 1, x * 2

    A = with_backward(lambda ctx, a, b: seen.append((a, b)) or b, two)
    A.apply(leaf(1, 2))[1].sum().backward()
    assert seen[0][0].tolist() == [0, 0] and seen[0][1].tolist() == [1, 1]

    def bare(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 1, x * 2

    seen.clear()
    A = with_backward(lambda ctx, a, b: seen.append((a, b)) or b, bare)
    A.apply(leaf(1, 2))[1].sum().backward()
    assert seen[0][0] is None


def test_integers_have_no_gradient():
    def both(ctx, x):
        index = torch.tensor([1, 2])
        ctx.mark_non_differentiable(index)
        return x * 1, index

    A = with_backward(lambda ctx, a, b: a, both)
    values, index = A.apply(leaf(1, 2))
    assert values.requires_grad and not index.requires_grad


def test_in_place():
    def double(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    A = with_backward(lambda ctx, g: g * 2, double)
    x = leaf(1, 2)
    y = x * 1
    z = A.apply(y)
    assert z is y and y.grad_fn.name() == "ABackward"
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]
    assert words(RuntimeError, lambda: A.apply(x)) == (
        "a leaf Variable that requires grad has been used in an in-place operation."
    )

    def lost(ctx, x):
        ctx.mark_dirty(x)
        return x * 2

    A = with_backward(lambda ctx, g: g, lost)
    assert words(RuntimeError, lambda: A.apply(leaf(1) * 1)) == (
        "Some elements marked as dirty during the forward method were not returned as output. The "
        "inputs that are modified inplace must all be outputs of the Function."
    )

    def odd(ctx, x):
        y = x * 2
        ctx.mark_dirty(y)
        return y

    A = with_backward(lambda ctx, g: g, odd)
    with pytest.warns(UserWarning) as caught:
        A.apply(leaf(1))
    assert str(caught[0].message) == (
        "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have "
        "been mutated should be passed to ctx.mark_dirty()."
    )


def test_an_input_that_is_returned():
    A = with_backward(lambda ctx, g: g * 7, lambda ctx, x: x)
    x = leaf(1)
    y = A.apply(x)
    assert y is not x and y.grad_fn.name() == "ABackward"
    y.backward()
    assert x.grad.tolist() == [7]


def run(backward, *others):
    A = with_backward(backward, lambda ctx, x, *rest: x * 2)
    return lambda: A.apply(leaf(1, 2), *others).sum().backward()


def test_what_backward_returns():
    run(lambda ctx, g: (g, None, None))()
    assert words(RuntimeError, run(lambda ctx, g: (g, g))) == (
        "function ABackward returned an incorrect number of gradients (expected 1, got 2)"
    )
    assert words(RuntimeError, run(lambda ctx, g: g, 3)) == (
        "function ABackward returned an incorrect number of gradients (expected 2, got 1)"
    )
    assert words(RuntimeError, run(lambda ctx, g: (g, g), 3)) == (
        "function ABackward returned a gradient different than None at position 2, but the "
        "corresponding forward input was not a Variable"
    )
    assert words(RuntimeError, run(lambda ctx, g: 3.0)) == "expected Variable or None (got float)"
    assert words(RuntimeError, run(lambda ctx, g: torch.ones(3))) == (
        "Function ABackward returned an invalid gradient at index 0 - got [3] but expected shape "
        "compatible with [2]"
    )
    A = with_backward(lambda ctx, g: torch.ones(3, 2, dtype=torch.float64))
    x = leaf(1, 2)
    A.apply(x).sum().backward()
    assert x.grad.tolist() == [3, 3] and x.grad.dtype is torch.float32


def test_what_is_not_implemented():
    class Empty(Function):
        pass

    class NoBackward(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    class Both(NoBackward):
        @staticmethod
        def backward(ctx, g):
            return g

        @staticmethod
        def vjp(ctx, g):
            return g

    class Vjp(NoBackward):
        @staticmethod
        def vjp(ctx, g):
            return g * 5

    x = leaf(1)
    assert words(NotImplementedError, lambda: Empty.apply(x)) == (
        "You must implement the forward function for custom autograd.Function."
    )
    assert words(NotImplementedError, lambda: NoBackward.apply(x).backward()) == (
        "You must implement either the backward or vjp method for your custom autograd.Function to "
        "use it with backward mode AD."
    )
    assert words(RuntimeError, lambda: Both.apply(x).backward()) == (
        "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should "
        "only implement one of them."
    )
    Vjp.apply(x).backward()
    assert x.grad.tolist() == [5]
    with pytest.warns(DeprecationWarning):
        legacy = Empty()
    assert words(RuntimeError, lambda: legacy(x)) == (
        "Legacy autograd function with non-static forward method is deprecated. Please use "
        "new-style autograd function with static forward method. (Example: "
        "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
    )


def test_saving_something_else():
    A = with_backward(lambda ctx, g: g, lambda ctx, x: ctx.save_for_backward(3))
    assert words(TypeError, lambda: A.apply(leaf(1))) == (
        "save_for_backward can only save variables, but argument 0 is of type int"
    )


def test_once_differentiable():
    A = with_backward(once_differentiable(lambda ctx, g: g * 2))
    x = leaf(1, 2)
    seed = leaf(1, 1)
    (g,) = autograd.grad(A.apply(x), x, seed, create_graph=True)
    assert g.tolist() == [2, 2]
    assert words(RuntimeError, lambda: g.sum().backward()) == (
        "trying to differentiate twice a function that was marked with @once_differentiable"
    )


def test_exceptions_are_the_same_object():
    problem = KeyError("boom")

    def fails(ctx, *arguments):
        raise problem

    with pytest.raises(KeyError) as caught:
        with_backward(lambda ctx, g: g, fails).apply(leaf(1))
    assert caught.value is problem
    with pytest.raises(KeyError) as caught:
        with_backward(fails).apply(leaf(1)).backward()
    assert caught.value is problem


def test_nothing_outlives_the_graph():
    class Payload:
        pass

    def forward(ctx, x):
        ctx.payload = Payload()
        alive.append(weakref.ref(ctx.payload))
        ctx.save_for_backward(x)
        result = x * 2
        return result

    alive = []
    A = with_backward(lambda ctx, g: g, forward)
    y = A.apply(leaf(1))
    assert alive[0]() is not None
    del y
    gc.collect()
    torch.zeros(1)
    assert alive[0]() is None


def test_default_arguments_and_names():
    class Scale(Function):
        @staticmethod
        def forward(x, factor=3):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor, None

    x = leaf(1)
    Scale.apply(x).backward()
    Scale.apply(x, factor=4).backward()
    assert x.grad.tolist() == [7]


# Under transforms and in forward mode


def test_transforms():
    from apus.func import grad, jvp, vmap

    x = torch.tensor([2.0, 3.0])
    assert grad(lambda t: NewCube.apply(t).sum())(x).tolist() == [12, 27]
    second = grad(lambda t: grad(lambda u: NewCube.apply(u).sum())(t).sum())
    assert second(x).tolist() == [12, 18]
    assert vmap(NewCube.apply)(x).tolist() == [8, 27]
    assert vmap(grad(NewCube.apply))(x).tolist() == [12, 27]
    out, tangent = jvp(NewCube.apply, (x,), (torch.tensor([1.0, 2.0]),))
    assert out.tolist() == [8, 27] and tangent.tolist() == [12, 54]
    assert words(RuntimeError, lambda: grad(lambda t: Cube.apply(t).sum())(x)) == (
        "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, "
        "...), it must override the setup_context staticmethod. For more details, please see "
        "https://pytorch.org/docs/main/notes/extending.func.html"
    )


def test_forward_mode():
    from apus.autograd import forward_ad

    class NoJvp(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    x = torch.tensor([2.0, 3.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.ones(2))
        result = forward_ad.unpack_dual(NewCube.apply(dual))
        assert result.primal.tolist() == [8, 27] and result.tangent.tolist() == [12, 27]
        assert words(NotImplementedError, lambda: NoJvp.apply(dual)) == (
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )


def test_a_rule_for_vmap():
    from apus.func import vmap

    seen = []

    class Scale(Function):
        @staticmethod
        def forward(x, factor):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor, None

        @staticmethod
        def vmap(info, in_dims, x, factor):
            seen.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
            return Scale.apply(x, factor), in_dims[0]

    x = torch.ones(3, 2, requires_grad=True)
    y = vmap(lambda t: Scale.apply(t, 5), in_dims=1)(x)
    assert y.tolist() == [[5, 5, 5], [5, 5, 5]]
    (batch, randomness, dims, shape), = seen
    assert (batch, randomness) == (2, "error") and dims[1] is None
    assert shape[dims[0]] == 2
    y.sum().backward()
    assert x.grad.tolist() == [[5, 5]] * 3
