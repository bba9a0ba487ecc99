-- What the school owns, by its own list: the denominator of coverage. Made by people.
CREATE TABLE expected_device (
    trust TEXT NOT NULL,
    school TEXT NOT NULL,
    serial TEXT NOT NULL,                    -- folded; '' = not known
    label TEXT NOT NULL,                     -- folded; '' = not known
    shown TEXT NOT NULL,                     -- as the list had it
    place TEXT NOT NULL,                     -- room, year group, whose it is
    PRIMARY KEY (trust, school, serial, label)
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_canary ON alert (trust, device_id, channel, number) WHERE canary <> '';
