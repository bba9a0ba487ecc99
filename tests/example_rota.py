"""A school's rota for tests: the DSL and a deputy by day, somebody by night, a headteacher."""

from __future__ import annotations

from datetime import UTC, datetime

from tutelage_collector.rota import Rota, document

ROTA = """
[[person]]
id = "dsl-1"
duty = "dsl"
ways = ["email:dsl@school.example", "webhook:desk"]

[[person]]
id = "deputy-1"
duty = "deputy"
ways = ["email:deputy@school.example"]

[[person]]
id = "night-1"
duty = "out_of_hours"
ways = ["other:on-call"]

[[person]]
id = "head-1"
duty = "head"
ways = ["email:head@school.example"]

[[cover]]
person = "dsl-1"
days = "mon-fri"
from = "08:00"
until = "17:00"
season = "term"

[[cover]]
person = "deputy-1"
days = "mon-fri"
from = "08:00"
until = "17:00"
season = "term"

[[cover]]
person = "night-1"
days = "every day"
from = "17:00"
until = "08:00"

[[cover]]
person = "night-1"
days = "sat sun"

[[cover]]
person = "night-1"
days = "mon-fri"
from = "08:00"
until = "17:00"
season = "holiday"

[[term]]
name = "Autumn"
first = 2026-09-02
last = 2026-12-18

[[term]]
name = "Spring"
first = 2027-01-04
last = 2027-03-26
"""
FRIDAY_NIGHT = datetime(2026, 11, 27, 22, 40, tzinfo=UTC)


def rota() -> Rota:
    return document.loads(ROTA, "ret-high")
