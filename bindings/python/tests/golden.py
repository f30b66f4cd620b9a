"""What PyTorch gave for half of the samples of its own operator tests, and how to try them here.

`data/README.md` describes the files. As a program it prints how many operators pass all of theirs.
"""

import json
import lzma
import sys
from pathlib import Path

import numpy as np

import apus as torch
from apus import _operators
from apus.nn import functional as F

DATA = Path(__file__).parent / "data"

#: Tensor methods whose name as a function is another thing, or nothing.
_METHODS = frozenset(
    "bfloat16 bool contiguous double expand expand_as float half int item long masked_select "
    "new_full new_ones new_zeros repeat reshape_as short to unfold view view_as".split()
)
#: Those of which PyTorch's recorded numbers depend on what its generator drew before.
_RANDOM = frozenset(
    "bernoulli nn.functional.dropout nn.functional.dropout2d rand_like randint randn_like".split()
)


class Recording:
    """The operators with their samples, and the arrays by name."""

    def __init__(self):
        described = json.loads(lzma.decompress((DATA / "golden.json.xz").read_bytes()))
        self.ops = described["ops"]
        self.tiers = described["names"]
        self._arrays = described["arrays"]
        self._bytes = lzma.decompress((DATA / "golden.bin.xz").read_bytes())

    def __contains__(self, name):
        return name in self._arrays

    def array(self, name):
        """A copy of a recorded array."""
        dtype, shape, offset = self._arrays[name]
        count = int(np.prod(shape, dtype=np.int64))
        return np.frombuffer(self._bytes, dtype, count, offset).reshape(shape).copy()


class Sample:
    """One recorded call."""

    def __init__(self, recording, op, record):
        self.recording = recording
        self.op = op
        self.record = record
        self.leaves = {}

    def array(self, name):
        return self.recording.array("%s/%s" % (self.op["file"], name))

    def has(self, name):
        return "%s/%s" % (self.op["file"], name) in self.recording

    def arguments(self):
        """Positional and named arguments; what requires a gradient is noted in `leaves`."""
        self.leaves = {}
        self._built = {}
        args = [self._build(value) for value in self.record["args"]]
        return args, {name: self._build(value) for name, value in self.record["kwargs"].items()}

    def _build(self, tree):
        if isinstance(tree, list):
            return [self._build(value) for value in tree]
        if not isinstance(tree, dict):
            return tree
        if "t" in tree:
            return self._tensor(tree)
        if "f" in tree:
            return float(tree["f"])
        if "c" in tree:
            return complex(*map(float, tree["c"]))
        if "slice" in tree:
            return slice(*tree["slice"])
        if "ellipsis" in tree:
            return ...
        if "tuple" in tree:
            return tuple(self._build(value) for value in tree["tuple"])
        if "dict" in tree:
            return {name: self._build(value) for name, value in tree["dict"].items()}
        for kind in ("dtype", "memory_format", "layout"):
            if kind in tree:
                return getattr(torch, tree[kind].replace("torch.", ""))
        raise AssertionError(tree)

    def _tensor(self, tree):
        if "shape" not in tree:  # one that was there before
            return self._built[tree["t"]]
        values = self.array(tree["t"]).reshape(tree["shape"])
        if "stride" in tree:
            storage = np.zeros(tree["storage_numel"], values.dtype)
            places = np.full(tree["shape"], tree.get("offset", 0))
            for i, stride in enumerate(tree["stride"]):
                steps = [1] * len(tree["shape"])
                steps[i] = -1
                places += stride * np.arange(tree["shape"][i]).reshape(steps)
            storage[places] = values
            tensor = torch.from_numpy(storage).to(getattr(torch, tree["dtype"])).clone()
            tensor = tensor.as_strided(tree["shape"], tree["stride"], tree.get("offset", 0))
        else:
            tensor = torch.from_numpy(values).to(getattr(torch, tree["dtype"]))
        self._built[tree["t"]] = tensor
        if tree.get("rg"):
            tensor.requires_grad_()
            self.leaves[tree["t"]] = tensor
        return tensor

    def call(self, args, named):
        """The call as the public function or method that PyTorch has."""
        name = self.op["op"]
        if name in ("T", "mT"):
            return getattr(args[0], name)
        if name == "__getitem__":
            return args[0][args[1]]
        if name.startswith("__"):
            return getattr(torch.Tensor, name)(*args)
        if name == "slice":
            return _operators._slice(*args)
        if name == "zero_":
            return args[0].clone().zero_()
        if name == "einsum":
            return torch.einsum(args[1], args[0])
        if name == "where":
            return torch.where(args[1], args[0], args[2], **named)
        if name in ("nn.functional.embedding", "nn.functional.embedding_bag"):
            return getattr(F, name[14:])(args[1], args[0], **named)
        if name in _METHODS:
            return getattr(args[0], name)(*args[1:], **named)
        function = torch
        for part in name.split("."):
            function = getattr(function, part)
        return function(*args, **named)

    # Checks: each gives what is wrong, in words, or nothing.

    def faults(self):
        """What differs from the record: values, dtypes, names of nodes, first and second gradients."""
        args, named = self.arguments()
        result = self.call(args, named)
        results = tensors(result)
        outs = self.record["outs"]
        if not results and "py" in self.record:
            expected = self.record["py"]
            is_same = result == expected or np.isclose(float(result), float(expected), 1e-7)
            return [] if is_same else ["%r, not %r" % (result, expected)]
        if len(results) != len(outs):
            return ["%d results, not %d" % (len(results), len(outs))]
        found = []
        for i, (tensor, out) in enumerate(zip(results, outs)):
            found += self._output_faults(tensor, out, "result %d" % i)
        # Signs and phases of eigenvectors are free, and gradients follow them.
        if not found and self.record.get("grads") and not self.record.get("post"):
            found = self._gradient_faults(results)
        return found

    def _output_faults(self, tensor, out, what):
        if tensor.dtype.name != out["dtype"]:
            return ["%s: dtype %s, not %s" % (what, tensor.dtype.name, out["dtype"])]
        found = []
        if list(tensor.shape) != list(out["shape"]):
            found.append("%s: shape %s, not %s" % (what, list(tensor.shape), out["shape"]))
        elif out.get("t") and not self.record.get("post") and self.op["op"] not in _RANDOM:
            found += difference(tensor, self.array(out["t"]), what, 1e-7)
        if tensor.requires_grad != out["rg"]:
            found.append("%s: requires_grad %s" % (what, tensor.requires_grad))
        elif out["rg"]:
            name = tensor.grad_fn.name() if tensor.grad_fn else None
            if name != out["grad_fn"]:
                found.append("%s: grad_fn %s, not %s" % (what, name, out["grad_fn"]))
        if "view" in out and tensor._is_view() != out["view"]:
            found.append("%s: is a view: %s" % (what, tensor._is_view()))
        return found

    def _gradient_faults(self, results):
        record, i = self.record, self.record["i"]
        loss = sum(self._weighted(results[k], "s%d.w%d" % (i, k)) for k in record["loss_outs"])
        second = record.get("grads2")
        grads = torch.autograd.grad(
            loss, [self.leaves[name] for name in record["grads"]], create_graph=bool(second),
            allow_unused=True,
        )
        found = []
        for grad, (name, expected) in zip(grads, record["grads"].items()):
            what = "gradient of " + name
            if expected is None:
                found += [] if grad is None else [what + " is not None"]
            elif grad is None:
                found.append(what + " is None")
            else:
                found += difference(grad, self.array(expected), what, 1e-6)
        if found or not second:
            return found
        present = [grad for grad in grads if grad is not None]
        names = ["s%d.ww%d" % (i, k) for k in range(len(present))]
        loss = sum(
            self._weighted(grad, name) for grad, name in zip(present, names) if self.has(name)
        )
        leaves = [self.leaves[name] for name in second]
        grads = [None] * len(leaves)
        if getattr(loss, "requires_grad", False):
            grads = torch.autograd.grad(loss, leaves, allow_unused=True)
        for grad, (name, expected) in zip(grads, second.items()):
            what = "second gradient of " + name
            if grad is None:
                zero = expected is None or not self.array(expected).any()
                found += [] if zero else [what + " is None"]
            elif expected is None:
                found += [what + " is not None"] if grad.detach().numpy().any() else []
            else:
                found += difference(grad, self.array(expected), what, 1e-6)
        return found

    def _weighted(self, tensor, name):
        weights = torch.from_numpy(self.array(name).reshape(tuple(tensor.shape)))
        if not tensor.is_complex():
            return (tensor * weights).sum()
        others = torch.from_numpy(self.array(name + "i").reshape(tuple(tensor.shape)))
        return (tensor.real * weights).sum() + (tensor.imag * others).sum()

    def rounding_faults(self, dtype):
        """What is further from float64's results than PyTorch's own results in `dtype` allow."""
        args, named = self.arguments()
        results = tensors(self.call(_cast(args, dtype), _cast(named, dtype)))
        # Four times what PyTorch errs, since rounding is a matter of the order of sums, and a few
        # units in the last place.
        unit = {"float32": 2.0**-23, "bfloat16": 2.0**-7}[dtype.name]
        bound = 4 * self.record[dtype.name] + 12 * unit
        found = []
        for i, (tensor, out) in enumerate(zip(results, self.record["outs"])):
            if not out.get("t") or out["dtype"] != "float64":
                continue
            if tensor.dtype != dtype:
                found.append("result %d: dtype %s" % (i, tensor.dtype))
                continue
            expected = self.array(out["t"])
            values = tensor.detach().double().numpy()
            finite = np.isfinite(expected) & np.isfinite(values)
            if finite.any():
                scale = np.abs(expected[finite]).max() or 1.0
                error = np.abs(values - expected)[finite].max() / scale
                if error > bound:
                    found.append("result %d: errs by %.2g, bound %.2g" % (i, error, bound))
        return found

    def error_faults(self):
        """What differs from the recorded error; there is none where PyTorch raises none."""
        if not self.record.get("got"):
            return []
        kind, message = self.record["got"]
        message = message.split("\n")[0].strip()
        args, named = self.arguments()
        try:
            self.call(args, named)
        except Exception as problem:
            text = str(problem).split("\n")[0].strip()
            if type(problem).__name__ == kind and text == message:
                return []
            return ["%s: %r\n  not %s: %r" % (type(problem).__name__, text, kind, message)]
        return ["no error, not %s: %r" % (kind, message)]


def tensors(result):
    """The tensors in a result, in order."""
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in tensors(part)]
    return []


def difference(tensor, expected, what, tolerance):
    """Where a tensor differs from an array by more than the tolerance."""
    if list(tensor.shape) != list(expected.shape):
        return ["%s: shape %s, not %s" % (what, list(tensor.shape), list(expected.shape))]
    tensor = tensor.detach()
    tolerance = {"float32": 2e-5, "complex64": 2e-5, "float16": 2e-3, "bfloat16": 1e-2}.get(
        tensor.dtype.name, tolerance
    )
    values = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    if expected.dtype.kind in "biu":
        same = values == expected
    else:
        same = np.isclose(values, expected, tolerance, tolerance, equal_nan=True)
    if same.all():
        return []
    first = tuple(np.argwhere(~same)[0])
    return [
        "%s: %d of %d differ, at %s %s, not %s"
        % (what, (~same).sum(), same.size, first, values[first], expected[first])
    ]


def _cast(tree, dtype):
    """Arguments with float64 tensors and dtypes replaced."""
    if isinstance(tree, (list, tuple)):
        return type(tree)(_cast(value, dtype) for value in tree)
    if isinstance(tree, dict):
        return {name: _cast(value, dtype) for name, value in tree.items()}
    if isinstance(tree, torch.Tensor) and tree.dtype == torch.float64:
        return tree.detach().to(dtype)
    return dtype if tree is torch.float64 else tree


def samples(recording):
    """Every sample, and every error, with a name for it."""
    for op in recording.ops:
        name = " ".join(filter(None, (op["op"], op.get("variant"))))
        for record in op.get("samples", ()):
            yield "%s %d" % (name, record["i"]), Sample(recording, op, record), Sample.faults
        for i, record in enumerate(op.get("errors", ())):
            yield "%s error %d" % (name, i), Sample(recording, op, record), Sample.error_faults


def main():
    """Prints the operators that fail, and how many pass all of their samples."""
    import warnings

    warnings.simplefilter("ignore")
    recording = Recording()
    counts = {}
    for name, sample, check in samples(recording):
        try:
            faults = check(sample)
        except Exception as problem:
            faults = ["%s: %s" % (type(problem).__name__, str(problem).split("\n")[0])]
        count = counts.setdefault(sample.op["op"], [0, 0])
        count[0] += not faults
        count[1] += 1
        if faults:
            print("%s: %s" % (name, "; ".join(faults)))
    names = recording.tiers[0] + recording.tiers[1]
    complete = sum(passed == count for passed, count in counts.values())
    unrecorded = [name for name in names if name not in counts]
    print(
        "%d of %d operators pass all of their recorded samples (%d of %d); no samples are recorded of "
        "%s"
        % (
            complete, len(names), sum(passed for passed, _ in counts.values()),
            sum(count for _, count in counts.values()), ", ".join(unrecorded),
        )
    )
    return complete + len(unrecorded) < len(names)


if __name__ == "__main__":
    sys.exit(main())
