"""Scanning 1,000 office documents: the files sensor's processor time beside the libraries' own.

The documents are written by python-docx, openpyxl and python-pptx (500, 300 and 200 of them, each
with some pages of text), and read three ways in turns, three times, medians of processor time with
all children:

- the whole sensor: walk, open, bounded child, extraction, keys, cursor, emit; no matching;
- our own extraction alone, in the process itself: what the bounds and the sensor cost on top;
- the same libraries that wrote them, paragraph by paragraph, cell by cell, shape by shape.

Needs: pip install --target FOLDER python-docx openpyxl python-pptx; scanning.py --peers FOLDER.
The last line is ``ratio: N``: the sensor over the libraries; the goal is 2.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tutelage_agent.extract import documents
from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.sensors.files import FilesSensor, Root
from tutelage_wire.events import Channel

if TYPE_CHECKING:
    from tutelage_agent.sensors.observation import Observation

LINE = "The tide was out and the boats lay on the sand while we waited for the light. "
NUMBERS = {"docx": 500, "xlsx": 300, "pptx": 200}


def write(folder: Path) -> None:
    """Write the documents."""
    import docx
    import openpyxl
    import pptx

    for number in range(NUMBERS["docx"]):
        document: Any = docx.Document()
        document.add_heading(f"Essay {number}")
        for line in range(40):
            document.add_paragraph(f"{line}. " + LINE * 3)
        document.save(folder / f"essay {number}.docx")
    for number in range(NUMBERS["xlsx"]):
        book: Any = openpyxl.Workbook()
        for row in range(120):
            book.active.append([f"row {row}", LINE, number, row * 1.5, LINE[: row % 70]])
        book.save(folder / f"table {number}.xlsx")
    for number in range(NUMBERS["pptx"]):
        slides: Any = pptx.Presentation()
        for page in range(8):
            slide = slides.slides.add_slide(slides.slide_layouts[1])
            slide.shapes.title.text = f"Page {page} of {number}"
            slide.placeholders[1].text = "\n".join([LINE] * 6)
        slides.save(folder / f"talk {number}.pptx")


def by_libraries(folder: Path) -> int:
    """Read all with the libraries that wrote them; return the characters."""
    import docx
    import openpyxl
    import pptx

    found = 0
    for path in sorted(folder.iterdir()):
        if path.suffix == ".docx":
            document: Any = docx.Document(str(path))
            found += sum(len(one.text) for one in document.paragraphs)
        elif path.suffix == ".xlsx":
            book: Any = openpyxl.load_workbook(path, read_only=True)
            for sheet in book:
                for row in sheet.iter_rows(values_only=True):
                    found += sum(len(str(cell)) for cell in row if cell is not None)
        else:
            slides: Any = pptx.Presentation(str(path))
            for slide in slides.slides:
                found += sum(len(s.text_frame.text) for s in slide.shapes if s.has_text_frame)
    return found


def by_extraction(folder: Path) -> int:
    """Read all with our extraction in this very process; return the characters."""
    return sum(
        len(documents.read(path.read_bytes(), path.name).text) for path in sorted(folder.iterdir())
    )


def by_sensor(folder: Path) -> int:
    """Let the sensor scan the folder; return the characters."""
    seen: list[int] = []

    def emit(one: Observation) -> None:
        if one.channel is Channel.FILE:
            seen.append(len(one.text))

    with tempfile.TemporaryDirectory() as state, BoundedExtractor() as extractor:
        sensor = FilesSensor(lambda: [Root(str(folder))], Path(state) / "cursor", extractor)
        sensor.start(emit)
        while len(seen) < sum(NUMBERS.values()):
            time.sleep(0.05)
        sensor.stop()
    return sum(seen)


def cost(read: Any, folder: Path) -> tuple[float, int]:
    """Return processor seconds with all children, and what was read."""
    before = os.times()
    found = read(folder)
    after = os.times()
    return sum(after[:4]) - sum(before[:4]), found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder with python-docx, openpyxl, python-pptx")
    options = parser.parse_args()
    if options.peers:
        sys.path.append(str(options.peers))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        ways = {"sensor": by_sensor, "extraction": by_extraction, "libraries": by_libraries}
        found: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(3):
            for way, read in ways.items():
                seconds, characters = cost(read, folder)
                found[way].append(seconds)
                print(f"{way:11} {seconds:6.2f} s, {characters} characters", flush=True)
    median = {way: statistics.median(seconds) for way, seconds in found.items()}
    print(f"1,000 documents, {size:.0f} MB")
    print(f"the sensor over our own extraction: {median['sensor'] / median['extraction']:.2f}")
    print(f"ratio: {median['sensor'] / median['libraries']:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
