"""A small pack whose rules are easy to hold in one's head."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack

if TYPE_CHECKING:
    from tutelage_policy.model import Pack

HEAD = """
name = "small"
version = "1.0.0"
title = "For tests"
language = "en-GB"
window = 60
[threshold]
primary = 60
secondary = 100
sixth_form = 130
adult = 160
[channel]
search = 0.8
"""

SLOTS = """
I = ["i", "im"]
want = ["want", "wanna"]
group = ["{people}", "newcomers"]
people = ["martians", "people from mars"]
"""

SUPPRESSORS = """
[[suppressor]]
id = "lesson"
title = "A lesson"
kind = "curriculum"
leaves = 0.5
within = 20
any = ["essay about", "(explain|discuss) why"]
matches = ["my essay about it"]
ignores = ["nothing", "say why"]
[[suppressor]]
id = "against"
title = "Speaks against"
kind = "counter_speech"
applies_to = ["conduct.*"]
leaves = 0.5
within = 10
any = ["it is wrong to say"]
matches = ["it is wrong to say so"]
ignores = ["nothing", "say it"]
"""

WINDOWS = """
[[window]]
id = "y9-rafts"
title = "Year 9 builds rafts"
applies_to = ["content.rafts"]
starts = 2026-11-01
ends = 2026-11-30
lowers = 1
age_bands = ["secondary"]
"""

TOP = """
risk_area = "{area}"
subcategory = "{name}"
title = "{name}"
basis = ["KCSIE 135"]
author = "Tutelage project"
reviewed = 2026-11-25
review_by = 2027-11-25
"""

CONTENT = """
[[rule]]
id = "content.rafts.0001"
title = "Says that they want to sink the school raft"
lane = "critical"
voice = "first_person"
grade = {primary = 5, secondary = 5, sixth_form = 5, adult = 4}
any = ["{I} {want} to (sink|destroy) the (school )?raft", "painless ways to commit raftcide"]
none = ["in the game"]
matches = ["i want to sink the raft", "I wanna destroy the school raft"]
ignores = ["sink the raft", "i want to sink the raft in the game"]

[[rule]]
id = "content.rafts.0002"
title = "Explosive rafts"
lane = "topic"
voice = "seeking"
weight = 100
grade = 3
any = ["exploding raft(s|) <2> instructions", "buy (a )?torpedoes"]
matches = ["exploding raft building instructions", "where to buy torpedoes"]
ignores = ["exploding raft", "buy a boat"]

[[rule]]
id = "content.rafts.0003"
title = "Paddles near holes"
lane = "topic"
voice = "statement"
weight = 60
grade = 2
any = ["paddles and holes"]
all = [["secretly", "at night"]]
matches = ["secretly bring paddles and holes", "paddles and holes at night"]
ignores = ["paddles and holes", "paddles at night"]

[[rule]]
id = "content.rafts.0004"
title = "Two signs that belong together"
lane = "topic"
voice = "statement"
weight = 100
grade = 2
any = ["🔪🚣", "£99 raft"]
matches = ["look 🔪🚣", "a £99 raft"]
ignores = ["🔪", "a raft"]
"""

CONDUCT = """
[[rule]]
id = "conduct.teasing.0001"
title = "Teases a group"
lane = "topic"
voice = "directed"
weight = 100
grade = 2
any = ["{group} are (all )?(silly|daft)"]
suppress = ["counter_speech"]
repeat = { count = 3, days = 7, grade = 4 }
matches = ["martians are daft", "people from mars are all silly"]
ignores = ["martians", "daft"]
"""


@cache
def small_pack() -> Pack:
    with TemporaryDirectory() as folder:
        write(Path(folder))
        return load_pack(Path(folder))


def write(root: Path) -> Path:
    """Write the small pack into ``root``."""
    for name, text in (
        ("pack.toml", HEAD),
        ("slots.toml", SLOTS),
        ("suppressors.toml", SUPPRESSORS),
        ("curriculum.toml", WINDOWS),
        ("content/rafts.toml", TOP.format(area="content", name="rafts") + CONTENT),
        ("conduct/teasing.toml", TOP.format(area="conduct", name="teasing") + CONDUCT),
    ):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
