"""Lists that sensors judge by: sites by category, programs by category. Data, never code."""

from tutelage_agent.sensors.lists.domains import DomainList, ListError, Site
from tutelage_agent.sensors.lists.home import Lists, ListsFolder
from tutelage_agent.sensors.lists.programs import CIRCUMVENTION, Category, Program

__all__ = [
    "CIRCUMVENTION",
    "Category",
    "DomainList",
    "ListError",
    "Lists",
    "ListsFolder",
    "Program",
    "Site",
]
