from __future__ import annotations

import ctypes

import pytest

from tutelage_agent.extract import windows_job
from tutelage_agent.extract.limits import Limits


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit Windows")
def test_structures_have_the_sizes_that_windows_checks():
    assert ctypes.sizeof(windows_job.BasicLimits) == 64
    assert ctypes.sizeof(windows_job.IoCounters) == 48
    assert ctypes.sizeof(windows_job.ExtendedLimits) == 144
    assert windows_job.ExtendedLimits.ProcessMemoryLimit.offset == 112


def test_memory_processes_and_life_are_bounded():
    made = windows_job.limits_for(Limits(memory_bytes=123 << 20))
    flags = made.BasicLimitInformation.LimitFlags
    assert made.ProcessMemoryLimit == 123 << 20
    assert made.BasicLimitInformation.ActiveProcessLimit == 1
    assert flags & windows_job.LIMIT_KILL_ON_JOB_CLOSE
    assert flags & windows_job.LIMIT_PROCESS_MEMORY
