"""Regenerate protos/tutelage_wire/v1/*_pb2*.py from the .proto files beside them.

Run ``python protos/regenerate.py`` after a change; ``tests/wire/test_generated.py`` compares.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).resolve().parent


def regenerate(into: Path) -> None:
    """Write the generated modules below ``into`` (laid out as below ``protos/``)."""
    well_known = files("grpc_tools") / "_proto"
    sources = sorted(str(p.relative_to(HERE)) for p in HERE.glob("tutelage_wire/v1/*.proto"))
    code = protoc.main(
        [
            "protoc",
            f"-I{HERE}",
            f"-I{well_known}",
            f"--python_out={into}",
            f"--pyi_out={into}",
            f"--grpc_python_out={into}",
            *sources,
        ]
    )
    if code != 0:
        sys.exit(f"protoc ended with {code}: the lines above say which .proto and where")
    for path in (into / "tutelage_wire" / "v1").glob("*_pb2_grpc.py"):
        if "class " not in path.read_text():  # a .proto without a service
            path.unlink()


if __name__ == "__main__":
    regenerate(HERE)
