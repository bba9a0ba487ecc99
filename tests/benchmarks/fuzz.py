"""Fuzz every parser that meets bytes from outside, and say what was found.

Ten minutes by default, shared by all; the claim is that none crashes, grows, hangs or accepts.
The peer is the goal of no fault: ``ratio: 0`` is every input refused as it should be.

    python tests/benchmarks/fuzz.py [--seconds N] [--only NAME] [--seed N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import fuzzing
import fuzzing_files
import fuzzing_keys
import fuzzing_tpm


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=600.0)
    options.add_argument("--only", default="")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    faults = inputs = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        every = (
            fuzzing.targets(folder)
            + fuzzing_files.targets(folder)
            + fuzzing_tpm.targets()
            + fuzzing_keys.targets()
        )
        targets = [one for one in every if chosen.only.lower() in one.name]
        for target in targets:
            found = fuzzing.run(target, chosen.seconds / len(targets), chosen.seed)
            inputs, faults = inputs + found.inputs, faults + len(found.faults)
            print(
                f"{target.name:<20} {found.inputs:>9,} inputs  {len(found.faults)} faults  "
                f"+{max(0, found.grown_kib) // 1024} MiB",
                flush=True,
            )
            for fault in found.faults[:5]:
                print(f"    {fault}")
    print(f"{inputs:,} inputs, {faults} faults")
    print(f"ratio: {faults}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
