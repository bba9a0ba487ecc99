"""From an observation to a finding: match, excerpt, pseudonym, seal. Text ends here."""

from tutelage_agent.detection.detector import Detector, Subject
from tutelage_agent.detection.listed import ListedSites

__all__ = ["Detector", "ListedSites", "Subject"]
