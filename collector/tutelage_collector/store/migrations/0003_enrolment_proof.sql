-- What a device sent to join or renew: years later it shows whose key signed a batch.
CREATE TABLE enrolment_proof (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    signing_key BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    signing_key_certificate BLOB NOT NULL,   -- ECDSA-SHA256 by the certified TLS key
    certificate_chain BLOB NOT NULL,         -- PEM, leaf first
    PRIMARY KEY (trust, device_id, signing_key)
) STRICT, WITHOUT ROWID;
