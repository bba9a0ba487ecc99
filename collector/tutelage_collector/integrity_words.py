"""What happened to the monitoring itself, in words: which kinds a person should look at."""

from __future__ import annotations

from tutelage_wire.events import IntegrityKind

MEANS: dict[str, str] = {
    IntegrityKind.EVENTS_DROPPED: "events were lost on the device before they were sent",
    IntegrityKind.CHAIN_FORK: "two futures of one device's chain: a copy or a restored disk",
    IntegrityKind.SEQUENCE_GAP: "numbers are missing in a device's chain",
    IntegrityKind.BATCH_REFUSED: "what came was not what its device signed",
    IntegrityKind.AGENT_STOPPED: "the agent was told to end while its device stayed on",
    IntegrityKind.LOG_DIFFERS: "a device saw other records of the collector: cut short, put back "
    "to an older copy, or shown in two forms",
    IntegrityKind.SENSOR_FAILED: "a sensor stopped working",
    IntegrityKind.SELF_TEST_MISSED: "a device did not see its own self-test",
    IntegrityKind.SPOOL_QUARANTINED: "a device set damaged events aside",
    IntegrityKind.TIME_HOLE: "the agent did not run for a while",
    IntegrityKind.CLOCK_WRONG: "a device's clock is wrong",
    IntegrityKind.POLICY_REFUSED: "a device refused a policy that was not signed",
    IntegrityKind.POLICY_STALE: "a signed document is past its date: it still holds, renew it",
    IntegrityKind.MONITORING_STOPPED: "content monitoring ended, by the hours or the lawful basis",
    IntegrityKind.FILE_UNINSPECTABLE: "a document could not be read",
    IntegrityKind.EVENT_UNREADABLE: "an event that this version cannot read",
}
"""Kind -> what it means. A newer device's kind is not here."""
TROUBLE = frozenset(MEANS) - {IntegrityKind.FILE_UNINSPECTABLE, IntegrityKind.AGENT_STOPPED}
"""What the first page asks somebody to look at; encrypted documents are of every day, and an agent
that was stopped is trouble only where it does not come back, which is told by ``quiet``."""
ORDINARY = frozenset(
    {
        IntegrityKind.AGENT_STARTED,
        IntegrityKind.DEVICE_OFF,
        IntegrityKind.DEVICE_ASLEEP,
        IntegrityKind.DEVICE_AWAKE,
        IntegrityKind.KEY_REPLACED,
        IntegrityKind.EPOCH_OPENED,
        IntegrityKind.POLICY_APPLIED,
        IntegrityKind.MONITORING_RESUMED,
    }
)
"""What happens where all is well: shown on a device's page, explained by its name."""
