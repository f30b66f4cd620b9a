"""The profiler, from Python."""

import json

import pytest

import apus as torch
from apus import autograd
from apus.profiler import ProfilerActivity, profile, record_function


def work():
    x = torch.ones(8, 8, requires_grad=True)
    (x @ x).sum().backward()


def test_calls_are_counted():
    with profile(activities=[ProfilerActivity.CPU]) as measured:
        for _ in range(3):
            work()
    sums = {average.key: average for average in measured.key_averages()}
    assert sums["aten::sum"].count == 3
    assert sums["MmBackward0"].count == 3
    assert sums["autograd::engine::evaluate_function: MmBackward0"].count == 3
    total = sums["autograd::engine::evaluate_function: MmBackward0"]
    assert total.cpu_time_total >= sums["MmBackward0"].cpu_time_total > 0
    assert total.cpu_time == total.cpu_time_total / 3
    assert all(average.self_cpu_time_total >= -1e-3 for average in sums.values())


def test_the_table():
    with profile() as measured:
        work()
    table = measured.key_averages().table(sort_by="self_cpu_time_total", row_limit=2)
    header = table.splitlines()[1]
    for column in (
        "Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls",
    ):
        assert column in header
    assert "MmBackward0" in str(measured.key_averages())


def test_named_stretches_nest(tmp_path):
    @record_function("whole")
    def whole():
        with record_function("part"):
            work()

    with autograd.profiler.profile(record_shapes=True) as measured:
        whole()
    events = {event["name"]: event for event in measured.events()}
    assert events["whole"]["ts"] <= events["part"]["ts"]
    assert events["part"]["dur"] <= events["whole"]["dur"]
    path = tmp_path / "trace.json"
    measured.export_chrome_trace(str(path))
    assert json.loads(path.read_text())["traceEvents"] == measured.events()


def test_what_is_not_there():
    with record_function("nobody measures"):
        work()
    measured = profile()
    with pytest.raises(RuntimeError):
        measured.key_averages()
    with profile() as first:
        work()
    with profile():
        work()
    assert first.key_averages()
    with pytest.raises(RuntimeError, match="another profiler has run since"):
        first.table()


def test_a_profiler_that_is_off():
    with autograd.profiler.profile(enabled=False):
        work()
