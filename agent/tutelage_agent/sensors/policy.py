"""What the signed policy says to the sensors beside whether they run: plain values, asked anew."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NonWork:
    """What a policy says about use that is not work (11.a.9)."""

    enabled: bool = False
    categories: tuple[str, ...] = ("games", "streaming", "gambling", "shopping", "social")
    share: float = 0.2  # of the time in front of the screen in a week
    least_hours: float = 4.0  # of time in front of the screen, before a share means anything


@dataclass(frozen=True, slots=True)
class SensorPolicy:
    """The defaults are what runs where the policy says nothing: the least."""

    category_counts: bool = False
    """Counts of visits per category of site and day may leave the device."""
    listed_sites: bool = True
    """A visit to a site of a list with a grade is a finding."""
    non_work: NonWork = field(default_factory=NonWork)
    allowed_programs: tuple[str, ...] = ()
    """Ids of listed programs that the school uses itself, such as its own VPN."""
    allowed_tunnels: tuple[str, ...] = ()
    """Kinds of tunnel that the school uses itself: ``wg``, ``openvpn``."""
