-- The last goodbye or greeting of each device: a projection of what devices signed.
CREATE TABLE farewell (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    device_ms INTEGER NOT NULL,              -- device's clock
    received_ms INTEGER NOT NULL,            -- collector's clock
    PRIMARY KEY (trust, device_id)
) STRICT, WITHOUT ROWID;

-- Spells in which a device should have been heard and was not, and who was told: no projection.
CREATE TABLE quiet (
    trust TEXT NOT NULL,
    quiet_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    school TEXT NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('unexplained', 'stopped')),
    last_seen_ms INTEGER NOT NULL,
    noticed_ms INTEGER NOT NULL,
    handling TEXT NOT NULL CHECK (handling IN ('pending', 'told', 'page', 'muted')),
    ended_ms INTEGER,
    ended TEXT NOT NULL CHECK (ended IN ('', 'heard', 'explained', 'left')),
    acknowledged_by TEXT NOT NULL,           -- account; '' = nobody yet
    acknowledged_ms INTEGER,
    note TEXT NOT NULL,
    PRIMARY KEY (trust, quiet_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX quiet_now ON quiet (trust, device_id) WHERE ended_ms IS NULL;
CREATE INDEX quiet_by_time ON quiet (trust, noticed_ms);

CREATE TABLE quiet_mute (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    by_account TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (trust, device_id)
) STRICT, WITHOUT ROWID;

-- What a message of the outbox says where it is about devices and not about alerts.
CREATE TABLE quiet_message (
    trust TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    round_id TEXT NOT NULL,
    school TEXT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('ict', 'dsl')),
    about TEXT NOT NULL CHECK (about IN ('devices', 'many', 'school', 'concern')),
    heard INTEGER NOT NULL,                  -- devices of the school that were heard that day
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (trust, notice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quiet_message_by_time ON quiet_message (trust, school, audience, at_ms);

CREATE TABLE quiet_told (
    trust TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    quiet_id TEXT NOT NULL,
    PRIMARY KEY (trust, notice_id, quiet_id)
) STRICT, WITHOUT ROWID;
