-- Requests for more of the text around a finding: what a person made, kept by rebuild. At most one
-- of a finding is open; one that was never answered may be made again, and both stay.
CREATE TABLE context_request (
    trust TEXT NOT NULL,
    finding TEXT NOT NULL,                   -- the event's id of the alert
    asked_ms INTEGER NOT NULL,
    device_id TEXT NOT NULL,                 -- that reported it
    school TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    until_ms INTEGER NOT NULL,               -- the device is asked no longer
    PRIMARY KEY (trust, finding, asked_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_request_by ON context_request (trust, asked_by, asked_ms);
CREATE INDEX context_request_open ON context_request (trust, until_ms);

-- What devices answered: a projection. Of any device, asked or not: who reads looks whose it is.
CREATE TABLE context_answer (
    trust TEXT NOT NULL,
    finding TEXT NOT NULL,
    device_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'not_kept', 'switched_off')),
    school TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event BLOB NOT NULL,                     -- the whole event, with what is sealed
    PRIMARY KEY (trust, finding, device_id)
) STRICT, WITHOUT ROWID;
