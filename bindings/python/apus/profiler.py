"""Where the time goes: torch.profiler."""

from .autograd.profiler import EventList, FunctionEventAvg, profile as _profile, record_function

__all__ = ("EventList FunctionEventAvg ProfilerActivity profile record_function").split()


class ProfilerActivity:
    """What may be measured."""

    CPU = "CPU"


def supported_activities():
    """What can be measured."""
    return {ProfilerActivity.CPU}


class profile(_profile):
    """Within, every operation of this thread is timed."""

    def __init__(
        self, *, activities=None, schedule=None, on_trace_ready=None, record_shapes=False,
        profile_memory=False, with_stack=False, with_flops=False, with_modules=False,
        experimental_config=None, execution_trace_observer=None, acc_events=False,
        custom_trace_id_callback=None, post_processing_timeout_s=None,
    ):
        if schedule is not None:
            raise NotImplementedError("profile() has no schedule")
        super().__init__(record_shapes=record_shapes, profile_memory=profile_memory)
        self._on_trace_ready = on_trace_ready

    def start(self):
        """Begins to measure."""
        self.__enter__()

    def stop(self):
        """Ends it."""
        self.__exit__(None, None, None)

    def step(self):
        """Nothing, where there is no schedule."""

    def __exit__(self, *exception):
        super().__exit__(*exception)
        if self.enabled and self._on_trace_ready is not None:
            self._on_trace_ready(self)
