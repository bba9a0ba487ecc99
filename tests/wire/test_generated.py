"""The committed generated code is what the .proto files say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PROTOS = Path(__file__).resolve().parents[2] / "protos"


def test_generated_code_does_not_drift_from_the_protos(tmp_path):
    spec = importlib.util.spec_from_file_location("regenerate", PROTOS / "regenerate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["regenerate"] = module
    spec.loader.exec_module(module)
    module.regenerate(tmp_path)
    fresh = {path.name: path.read_text() for path in tmp_path.rglob("*_pb2*")}
    committed = {
        path.name: path.read_text() for path in (PROTOS / "tutelage_wire" / "v1").glob("*_pb2*")
    }
    assert fresh.keys() == committed.keys(), "run: python protos/regenerate.py"
    assert fresh == committed, "run: python protos/regenerate.py"
