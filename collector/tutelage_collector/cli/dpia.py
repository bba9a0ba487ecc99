"""``report dpia``: the data protection impact assessment, from the actual configuration."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, state
from tutelage_collector.errors import StateError
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse


def add_report(parts: Any) -> None:
    """Add the report to the parser."""
    one = parts.add_parser("dpia", help="data protection impact assessment, as Markdown")
    one.add_argument("--out", type=Path, metavar="FILE", help="write it here (default: print it)")
    one.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported here: templates are for this verb only.
    from tutelage_collector.reports import dpia

    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        text = dpia.make(store, settings, times.utc_now())
    if options.out is None:
        print(text)
        return 0
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateError(f"{options.out}: cannot be written ({error.strerror})") from error
    print(f"{options.out}: what stands in [brackets] is yours to write; then your DPO reads it.")
    return 0
