"""Every parser that meets bytes from outside, for a second each; ``benchmarks/fuzz.py`` goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

import fuzzing
import fuzzing_files
import fuzzing_keys
import fuzzing_tpm

_SCRATCH = Path(tempfile.mkdtemp(prefix="tutelage-fuzz-"))
_TARGETS = (
    fuzzing.targets(_SCRATCH)
    + fuzzing_files.targets(_SCRATCH)
    + fuzzing_tpm.targets()
    + fuzzing_keys.targets()
)


@pytest.mark.parametrize("target", _TARGETS, ids=[one.name for one in _TARGETS])
def test_no_input_crashes_fills_memory_or_passes_for_what_somebody_signed(
    target: fuzzing.Target,
) -> None:
    found = fuzzing.run(target, seconds=1.0, seed=20261128)
    assert found.inputs > 0
    assert found.faults == []
