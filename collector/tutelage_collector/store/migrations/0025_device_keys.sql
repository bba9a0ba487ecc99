-- A device exchanges its two keys: what was certified and not met yet, and what was before.
CREATE TABLE device_key (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    tls_key BLOB NOT NULL,          -- DER SubjectPublicKeyInfo
    signing_key BLOB NOT NULL,      -- raw Ed25519
    state TEXT NOT NULL CHECK (state IN ('certified', 'replaced')),
    expires_ms INTEGER NOT NULL,    -- of the certificate
    at_ms INTEGER NOT NULL,         -- when it was certified, or replaced
    PRIMARY KEY (trust, device_id, tls_key, signing_key)
) STRICT, WITHOUT ROWID;

-- Every certificate that a device ever had, not only the latest of each signing key.
CREATE TABLE proof (
    trust TEXT NOT NULL,
    device_id TEXT NOT NULL,
    signing_key BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    signing_key_certificate BLOB NOT NULL,   -- ECDSA-SHA256 by the certified TLS key
    certificate_chain BLOB NOT NULL,         -- PEM, leaf first
    PRIMARY KEY (trust, device_id, at_ms, signing_key)
) STRICT, WITHOUT ROWID;
INSERT INTO proof SELECT trust, device_id, signing_key, at_ms, signing_key_certificate,
    certificate_chain FROM enrolment_proof;
DROP TABLE enrolment_proof;
ALTER TABLE proof RENAME TO enrolment_proof;
