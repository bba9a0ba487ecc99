"""The verifier as the one file that travels in an evidence folder.

Here it is four rooms; there it is ``verify.py``, which needs none of ours.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources

_ROOMS = ("strict.py", "told.py", "signed_events.py", "verifier.py")
_OURS = "tutelage_collector."


@cache
def program() -> bytes:
    """Return ``verify.py``: the rooms one after the other, without their imports of each other."""
    folder = resources.files("tutelage_collector.evidence")
    texts = [(folder / name).read_text(encoding="utf-8") for name in _ROOMS]
    last = texts[-1]
    opening = "".join(
        line for line in last.splitlines(keepends=True)[: _ends(_docstring(ast.parse(last)))]
    )
    bodies = "\n\n".join(_body(text).strip("\n") for text in texts)
    return f"{opening}\nfrom __future__ import annotations\n\n{bodies}\n".encode()


def _body(text: str) -> str:
    """Return a room without its docstring and without what it imports of ours."""
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    left_out = [_docstring(tree)] + [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and (node.module == "__future__" or (node.module or "").startswith(_OURS))
    ]
    for node in left_out:
        for at in range(node.lineno - 1, _ends(node)):
            lines[at] = ""
    return "".join(line for line in lines if not line.startswith("#!"))


def _docstring(tree: ast.Module) -> ast.stmt:
    return tree.body[0]


def _ends(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
