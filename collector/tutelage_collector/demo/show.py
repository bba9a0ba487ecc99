"""What the demo shows in a terminal: tables and sentences, no logic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tutelage_wire.events import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_collector.store.records import Alert
    from tutelage_wire.events import ComplianceFinding
    from tutelage_wire.sealed import Content

console = Console(highlight=False)

STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.UNKNOWN: "yellow",
    Status.ERROR: "magenta",
    Status.NOT_APPLICABLE: "dim",
    Status.EXEMPT: "cyan",
}


def step(text: str) -> None:
    """Say what happens now."""
    console.print(f"[bold]•[/] {text}")


def compliance(findings: Sequence[ComplianceFinding]) -> None:
    """Show how this device stands against section 11."""
    table = Table(
        title="This device against section 11 of the Online Safety Policy",
        title_justify="left",
        title_style="bold",
        expand=True,
        show_lines=True,
    )
    table.add_column("Clause", no_wrap=True)
    table.add_column("Control", ratio=4)
    table.add_column("Status", no_wrap=True)
    table.add_column("Evidence", ratio=4)
    table.add_column("What to do", ratio=6)
    for found in findings:
        bad = found.status in {Status.FAIL, Status.UNKNOWN, Status.ERROR}
        table.add_row(
            "\n".join(found.clauses).replace("OSP ", ""),
            found.title,
            Text(_word(found.status), STYLES[found.status]),
            found.actual,
            (found.advice_staff or found.advice_ict) if bad else "",
        )
    console.print(table)
    counts = {status: sum(one.status is status for one in findings) for status in Status}
    console.print(
        "  ".join(
            f"[{STYLES[status]}]{count} {_word(status)}[/]"
            for status, count in counts.items()
            if count
        ),
        "[dim]Unknown is never a pass: it says why, and who can look.[/]\n",
    )


def alert(
    found: Alert, content: Content | None, milliseconds: float | None, *, whole: bool
) -> None:
    """Show an alert as it arrives; with ``whole`` also what the DSL reads in it."""
    if found.canary:
        console.print("  [green]SELF-TEST[/]  the agent's own was seen: files are monitored here")
        return
    took = "" if milliseconds is None else f"[bold]{milliseconds:>6.0f} ms[/]  "
    console.print(
        f"  [bold red]ALERT[/]  {took}grade {found.grade}  {found.risk_area.value}, "
        f"{found.subcategory.replace('_', ' ')}"
    )
    if whole and content is not None:
        console.print(f"        rule     {found.rule_id}, score {found.score} of {found.threshold}")
        console.print(f"        account  {found.account or 'none: a file of the system'}")
        console.print("        sealed on the device; opened here with the DSL's passphrase:")
        console.print(Text(f"        “{content.excerpt.strip()}”", "italic"))
        console.print(f"        in the file “{content.source}”\n")


def credentials(address: str, made: Credentials, folder: Path) -> None:
    """Show where the console is and who may sign in."""
    table = Table(title=f"The console: {address}", title_justify="left", title_style="bold")
    table.add_column("Sign in as")
    table.add_column("Password")
    for name, password in made.passwords:
        table.add_row(name, password)
    console.print(table)
    console.print(f"The DSL's passphrase, which opens excerpts: [bold]{made.dsl_passphrase}[/]")
    console.print(f"[dim]All of it lies in {folder}, and is removed at the end.[/]\n")


def _word(status: Status) -> str:
    return "n/a" if status is Status.NOT_APPLICABLE else status.value
