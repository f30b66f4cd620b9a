"""Calls, time and bytes of every operation, forward and backward apart."""

from .._library import I, P, T, failure, function, status
from .._runtime import pack

c_start = status("apus_profiler_start", P)
c_stop = status("apus_profiler_stop")
c_table = function("apus_profiler_table", T, I, result=T)
c_trace = function("apus_profiler_trace", result=T)
c_begin = function("apus_record_function_begin", T, result=None)
c_end = function("apus_record_function_end", result=None)


def _text(found):
    if found is None:
        raise failure()
    return found.decode("utf-8", "replace")


class profile:
    """Within, every operation of this thread is timed."""

    def __init__(
        self, enabled=True, *, use_device=None, record_shapes=False, with_flops=False,
        profile_memory=False, with_stack=False, with_modules=False, use_kineto=False, use_cpu=True,
    ):
        self.enabled = enabled
        self.record_shapes = record_shapes
        self.profile_memory = profile_memory
        self._trace = None

    def __enter__(self):
        if self.enabled:
            if c_start(pack("N??0q", bool(self.record_shapes), bool(self.profile_memory))):
                raise failure()
            _latest[:] = [self]
        return self

    def __exit__(self, *exception):
        if self.enabled:
            if c_stop():
                raise failure()
            self._trace = _text(c_trace())
        return False

    def _measured(self):
        if self._trace is None:
            raise RuntimeError("Profiler didn't finish running")
        return self._trace

    def events(self):
        """The calls one by one, in the JSON objects of Chrome's traces."""
        from json import loads

        return loads(self._measured())["traceEvents"]

    def key_averages(self, group_by_input_shape=False):
        """The sums of all calls with one name."""
        return EventList(self, self.events())

    def table(
        self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55,
        max_shapes_column_width=80, header=None, top_level_events_only=False,
    ):
        """The sums as text."""
        self._measured()
        if _latest != [self]:
            raise RuntimeError("another profiler has run since, and its measurements replaced these")
        return _text(c_table(None if sort_by is None else sort_by.encode(), row_limit))

    def export_chrome_trace(self, path):
        """Writes a file for the trace viewers of Chrome and Perfetto."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._measured())

    def __str__(self):
        return repr(self) if self._trace is None else self.table()


_latest = []


class FunctionEventAvg:
    """The sums of all calls with one name; times in microseconds."""

    def __init__(self, key):
        self.key = key
        self.count = 0
        self.cpu_time_total = 0.0
        self.self_cpu_time_total = 0.0

    @property
    def cpu_time(self):
        """The average of one call."""
        return self.cpu_time_total / self.count if self.count else 0.0

    def __repr__(self):
        return "<FunctionEventAvg key=%s self_cpu_time=%.3fus cpu_time=%.3fus calls=%d>" % (
            self.key, self.self_cpu_time_total, self.cpu_time, self.count,
        )


class EventList(list):
    """Sums by name, in the order of the first calls."""

    def __init__(self, profile, events):
        self._profile = profile
        found, open_ = {}, []
        for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
            average = found.setdefault(event["name"], FunctionEventAvg(event["name"]))
            while open_ and open_[-1][0] <= event["ts"]:
                open_.pop()
            average.count += 1
            average.cpu_time_total += event["dur"]
            average.self_cpu_time_total += event["dur"]
            if open_:
                open_[-1][1].self_cpu_time_total -= event["dur"]
            open_.append((event["ts"] + event["dur"], average))
        super().__init__(found.values())

    @property
    def self_cpu_time_total(self):
        """The time of everything."""
        return sum(average.self_cpu_time_total for average in self)

    def table(self, sort_by=None, row_limit=100, **widths):
        """The sums as text."""
        return self._profile.table(sort_by, row_limit)

    def __str__(self):
        return self.table()


class record_function:
    """Names what happens within in the measurements; a decorator, too."""

    def __init__(self, name, args=None):
        self.name = name

    def __enter__(self):
        c_begin(self.name.encode())
        return self

    def __exit__(self, *exception):
        c_end()

    def __call__(self, function):
        from ._decorator import decorated

        return decorated(lambda: record_function(self.name), function)
