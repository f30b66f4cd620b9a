"""apus.linalg, products of tensors and einsum."""

import numpy as np
import pytest

import apus as torch

from support import words

L = torch.linalg
rng = np.random.default_rng(5)


def matrix(*shape, dtype="float64"):
    numbers = rng.standard_normal(shape)
    if dtype.startswith("complex"):
        numbers = numbers + 1j * rng.standard_normal(shape)
    return torch.from_numpy(np.ascontiguousarray(numbers.astype(dtype)))


def near(x, y, tolerance=1e-9):
    x, y = (np.asarray(value.detach().numpy() if isinstance(value, torch.Tensor) else value)
            for value in (x, y))
    assert x.shape == y.shape
    return np.allclose(x, y, tolerance, tolerance)


def adjoint(x):
    return x.conj().transpose(-1, -2)


DTYPES = ("float64", "complex128", "float32", "complex64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (2, 1, 4, 4)])
def test_factors_multiply_to_the_matrix(dtype, shape):
    tolerance = 1e-9 if dtype.endswith(("64", "128")) and dtype != "complex64" else 1e-4
    a = matrix(*shape, dtype=dtype)
    p, l, u = L.lu(a)
    assert near(p.to(a.dtype) @ l @ u, a, tolerance)
    q, r = L.qr(a)
    assert near(q @ r, a, tolerance) and near(r, r.triu())
    u, s, vh = L.svd(a, full_matrices=False)
    assert near((u * s.unsqueeze(-2)) @ vh, a, tolerance)
    w, v = L.eig(a)
    assert near((v * w.unsqueeze(-2)), a.to(v.dtype) @ v, tolerance)
    h = a + adjoint(a)
    w, v = L.eigh(h)
    assert near((v * w.unsqueeze(-2)) @ adjoint(v), h, tolerance)
    s = a @ adjoint(a) + torch.eye(shape[-1], dtype=a.dtype)
    l = L.cholesky(s)
    assert near(l @ adjoint(l), s, tolerance) and near(l, l.tril())
    u = L.cholesky(s, upper=True)
    assert near(adjoint(u) @ u, s, tolerance)


@pytest.mark.parametrize("dtype", DTYPES[:2])
def test_solutions(dtype):
    a = matrix(2, 3, 3, dtype=dtype)
    eye = torch.eye(3, dtype=a.dtype).expand(2, 3, 3)
    assert near(a @ L.inv(a), eye)
    for b in (matrix(2, 3, 2, dtype=dtype), matrix(3, 2, dtype=dtype)):
        assert near(a @ L.solve(a, b), b.expand(2, 3, 2))
    vectors = matrix(2, 3, dtype=dtype)
    assert near((a @ L.solve(a, vectors).unsqueeze(-1)).squeeze(-1), vectors)
    b = matrix(2, 2, 3, dtype=dtype)
    assert near(L.solve(a, b, left=False) @ a, b)
    lu, pivots = L.lu_factor(a)
    assert near(adjoint(a) @ L.lu_solve(lu, pivots, eye, adjoint=True), eye)
    assert near(L.lu_solve(lu, pivots, b, left=False) @ a, b)
    assert near(a.triu() @ L.solve_triangular(a, eye, upper=True), eye)
    assert near(a @ L.pinv(a), eye)
    assert near(L.det(a) * L.det(L.inv(a)), np.ones(2))


def test_least_squares():
    a, b = matrix(5, 2), matrix(5, 3)
    expected, residuals, rank, singular = np.linalg.lstsq(a.numpy(), b.numpy(), rcond=None)
    for driver in ("gels", "gelsy", "gelsd", "gelss"):
        result = L.lstsq(a, b, driver=driver)
        assert near(result.solution, expected)
        if driver != "gelsy":
            assert near(result.residuals, residuals)
        if driver != "gels":
            assert result.rank.item() == rank
        if driver in ("gelsd", "gelss"):
            assert near(result.singular_values, singular)


def test_singular_matrices():
    a = torch.eye(3).expand(2, 3, 3).clone()
    a[1, 1, 1] = 0
    assert words(L.LinAlgError, lambda: L.inv(a)) == (
        "linalg.inv: (Batch element 1): The diagonal element 2 is zero, the inversion could not be "
        "completed because the input matrix is singular."
    )
    assert words(L.LinAlgError, lambda: L.cholesky(a[1])) == (
        "linalg.cholesky: The factorization could not be completed because the input is not "
        "positive-definite (the leading minor of order 2 is not positive-definite)."
    )
    assert words(L.LinAlgError, lambda: L.solve(a[1], torch.ones(3))) == (
        "torch.linalg.solve: The solver failed because the input matrix is singular."
    )
    assert L.inv_ex(a).info.tolist() == [0, 2]
    assert issubclass(L.LinAlgError, RuntimeError)
    nan = torch.full((3, 3), float("nan"))
    for call in (L.svd, L.svdvals, L.eigh, L.eigvalsh):
        words(L.LinAlgError, lambda: call(nan))
    assert words(RuntimeError, lambda: L.eig(nan)) == (
        "torch.linalg.eig: input tensor should not contain infs or NaNs."
    )
    assert L.slogdet(a)[1].tolist() == [0, float("-inf")]


def test_determinant_of_a_singular_matrix():
    # The gradient is the adjugate, transposed.
    for create_graph in (False, True):
        x = torch.tensor([[1.0, 2], [2, 4]], dtype=torch.float64, requires_grad=True)
        (g,) = torch.autograd.grad(L.det(x), x, create_graph=create_graph)
        assert near(g, [[4, -2], [-2, 1]])


def test_phases_of_complex_vectors():
    a = matrix(3, 3, dtype="complex128").requires_grad_()
    for call, name in ((L.svd, "svd"), (L.eig, "linalg_eig")):
        vectors = call(a)[0 if name == "svd" else 1]
        assert words(RuntimeError, lambda: torch.real(vectors).sum().backward()).startswith(
            name + "_backward: The "
        )


def test_matrices_without_elements():
    for shape in ((0, 0), (0, 2, 2), (2, 0, 0)):
        a = torch.zeros(shape)
        for call in (L.inv, L.det, L.cholesky, L.eigvalsh, L.svdvals, L.qr, L.pinv, L.matrix_exp):
            call(a)
    assert L.det(torch.zeros(0, 0)).item() == 1
    assert L.svd(torch.zeros(0, 3)).Vh.tolist() == np.eye(3).tolist()
    assert L.qr(torch.zeros(2, 0), mode="complete").Q.tolist() == np.eye(2).tolist()


def test_matrix_functions():
    a = matrix(3, 3)
    w, v = np.linalg.eig(a.numpy())
    for scale in (1e-3, 1, 20):
        expected = (v * np.exp(scale * w)) @ np.linalg.inv(v)
        assert near(L.matrix_exp(a * scale) / np.abs(expected).max(),
                    expected.real / np.abs(expected).max())
    for n in (-3, -1, 0, 1, 2, 3, 7):
        assert near(L.matrix_power(a, n), np.linalg.matrix_power(a.numpy(), n), 1e-7)


def test_ranks_and_conditions():
    a = matrix(4, 2) @ matrix(2, 3)
    assert L.matrix_rank(a).item() == 2 and L.matrix_rank(a, tol=1e3).item() == 0
    b = matrix(3, 3)
    for p in (None, 2, -2, 1, -1, float("inf"), float("-inf"), "fro", "nuc"):
        assert near(L.cond(b, p), np.linalg.cond(b.numpy(), p))


@pytest.mark.parametrize("equation", [
    "ij,jk->ik", "ij,jk", "bij,bjk->bik", "...ij,jk->...ik", "ij,jk,kl->il", "ii", "ii->i", "ij->ji",
    "ij->", "i,j->ij", "ij,ij->", "ijk,ji->k",
])
def test_einsum(equation):
    sizes = dict(i=2, j=3, k=4, l=5, b=2)
    operands = []
    for term in equation.split("->")[0].split(","):
        shape = [3] if "..." in term else []
        operands.append(matrix(*shape, *(sizes[letter] for letter in term if letter != ".")))
    expected = np.einsum(equation, *(operand.numpy() for operand in operands))
    assert near(torch.einsum(equation, *operands), expected)
    assert near(torch.einsum(equation, operands), expected)


def test_einsum_by_lists():
    a, b = matrix(2, 3), matrix(3, 4)
    assert near(torch.einsum(a, [0, 1], b, [1, 2], [0, 2]), a @ b)
    assert near(torch.einsum(a, [..., 7], [...]), a.sum(-1))
    # A label of size one broadcasts.
    assert near(torch.einsum("ij,jk->ik", a[:, :1], b), a[:, :1] @ b.sum(0, keepdim=True))


def test_sums_of_products():
    a, b = matrix(2, 3, 4), matrix(2, 4, 5)
    c = matrix(3, 5)
    assert near(torch.baddbmm(c, a, b, beta=2, alpha=0.5), 2 * c + 0.5 * (a @ b))
    assert near(torch.addbmm(c, a, b), c + (a @ b).sum(0))
    assert near(torch.addmv(c[:, 0], a[0], b[0, :, 0]), c[:, 0] + a[0] @ b[0, :, 0])
    assert near(torch.addr(c, c[:, 0], c[0]), c + torch.outer(c[:, 0], c[0]))
    nan = torch.full((3, 5), float("nan"), dtype=torch.float64)
    assert near(torch.addmm(nan, a[0], b[0], beta=0), a[0] @ b[0])
    x = c.clone()
    assert x.addmm_(a[0], b[0]) is x and near(x, c + a[0] @ b[0])
    assert words(RuntimeError, lambda: torch.zeros(3, 1).addmm_(torch.ones(3, 2), torch.ones(2, 3))) == (
        "Bad in-place call: input tensor size [3, 1] and output tensor size [3, 3] should match"
    )
    z = matrix(3, dtype="complex128")
    eye = torch.eye(3, dtype=z.dtype)
    assert near(torch.addmv(z, eye, z, beta=1 + 2j, alpha=-1j), z * (1 + 1j))


def test_chains():
    a, b, c = matrix(2, 5), matrix(5, 1), matrix(1, 4)
    assert near(L.multi_dot([a, b, c]), a @ b @ c)
    assert near(torch.chain_matmul(a, b, c), a @ b @ c)
    assert near(L.multi_dot([b[:, 0], a.mT, a]), b[:, 0] @ a.mT @ a)
    x, y = matrix(2, 3, 4), matrix(4, 3, 5)
    assert near(torch.tensordot(x, y, ([1, 2], [1, 0])),
                np.tensordot(x.numpy(), y.numpy(), ([1, 2], [1, 0])))
    assert near(torch.tensordot(x, y, 1), np.tensordot(x.numpy(), y.numpy(), 1))
    assert near(torch.inner(x, y.transpose(0, 2)), np.inner(x.numpy(), y.numpy().transpose(2, 1, 0)))


@pytest.mark.parametrize("dtype", DTYPES[:2])
def test_gradients_against_differences(dtype):
    hermitian = lambda x: x + adjoint(x)
    a = matrix(3, 3, dtype=dtype)
    for call in (
        L.inv, L.det, lambda x: L.slogdet(x)[1], L.matrix_exp, lambda x: L.qr(x), L.svdvals, L.pinv,
        lambda x: L.lu(x)[1:], lambda x: L.eigvalsh(hermitian(x)),
        lambda x: L.cholesky(x @ adjoint(x) + torch.eye(3, dtype=x.dtype)),
    ):
        x = a.clone().requires_grad_()
        results = call(x)
        results = results if isinstance(results, tuple) else (results,)
        loss = sum(torch.real(result * result.conj()).sum() for result in results)
        (g,) = torch.autograd.grad(loss, x)
        direction = matrix(3, 3, dtype=dtype)
        step = 1e-6
        ends = []
        for sign in (1, -1):
            moved = call(a + direction * (sign * step))
            moved = moved if isinstance(moved, tuple) else (moved,)
            ends.append(sum(torch.real(r * r.conj()).sum().item() for r in moved))
        slope = torch.real(g.conj() * direction).sum().item()
        assert abs((ends[0] - ends[1]) / (2 * step) - slope) <= 1e-5 * max(1, abs(slope))
