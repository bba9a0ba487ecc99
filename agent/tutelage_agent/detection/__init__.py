"""From an observation to a finding: match, excerpt, pseudonym, seal. Text ends here."""

from tutelage_agent.detection.detector import Detector, Subject

__all__ = ["Detector", "Subject"]
