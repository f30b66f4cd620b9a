"""Changing tensors in place that a backward pass still needs."""

from ._saved import saved_tensors_hooks


class _Context:
    """Gives up the copies."""

    def __init__(self):
        self.originals = []

    def clear(self):
        """Forgets everything that was saved."""
        self.originals.clear()


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """Within, a tensor that was saved may be changed in place: what is saved is a copy of it."""

    def __init__(self):
        super().__init__(self._keep, self._give)
        self._context = _Context()

    def __enter__(self):
        super().__enter__()
        return self._context

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self._context.clear()

    def _keep(self, tensor):
        self._context.originals.append(tensor.detach().clone())
        return len(self._context.originals) - 1

    def _give(self, place):
        if place < len(self._context.originals):
            return self._context.originals[place]
        raise AssertionError(
            "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context"
            "in which the graph was originally recorded."
        )
