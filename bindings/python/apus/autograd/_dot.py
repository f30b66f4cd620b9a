"""Graphs as pictures."""

from .._library import P, T, failure, function

c_graph_dot = function("apus_graph_dot", P, result=T)


class Graph:
    """The graph that leads to a tensor."""

    def __init__(self, tensor):
        text = c_graph_dot(tensor._handle)
        if text is None:
            raise failure()
        self._text = text.decode()

    def __str__(self):
        return self._text

    def __repr__(self):
        return self._text

    def _repr_svg_(self):
        import subprocess
        from shutil import which

        program = which("dot")
        if program is None:
            return None
        done = subprocess.run(
            [program, "-Tsvg"], input=self._text, capture_output=True, text=True, timeout=60
        )
        return done.stdout if done.returncode == 0 else None

    def _repr_html_(self):
        from html import escape

        return self._repr_svg_() or "<pre>%s</pre>" % escape(self._text)
