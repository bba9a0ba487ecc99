"""Lists that sensors judge by: sites by category, programs by category. Data, never code."""

from tutelage_agent.sensors.lists.domains import DomainList, ListError, Site
from tutelage_agent.sensors.lists.home import Lists, ListsFolder
from tutelage_agent.sensors.lists.programs import CIRCUMVENTION, Category, Program
from tutelage_agent.sensors.lists.visit import ListedVisit

__all__ = [
    "CIRCUMVENTION",
    "Category",
    "DomainList",
    "ListError",
    "ListedVisit",
    "Lists",
    "ListsFolder",
    "Program",
    "Site",
]
