"""Who is on duty when: the people who are told, their hours, holidays, quiet hours. Pure."""

from tutelage_collector.rota.gaps import Fault, check
from tutelage_collector.rota.model import Absence, Cover, Duty, Person, Rota, Season, Span, Way

__all__ = [
    "Absence",
    "Cover",
    "Duty",
    "Fault",
    "Person",
    "Rota",
    "Season",
    "Span",
    "Way",
    "check",
]
