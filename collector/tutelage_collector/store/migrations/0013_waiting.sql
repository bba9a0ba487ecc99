-- Devices that wait until a person lets them in: who asks, with which keys and which hardware.
ALTER TABLE token ADD COLUMN approve INTEGER NOT NULL DEFAULT 0;
CREATE TABLE waiting_device (
    trust TEXT NOT NULL,
    request_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    school TEXT NOT NULL,
    csr BLOB NOT NULL,
    signing_key BLOB NOT NULL,
    signing_key_certificate BLOB NOT NULL,
    csr_countersignature BLOB NOT NULL,
    label TEXT NOT NULL,
    system TEXT NOT NULL,
    serial TEXT NOT NULL,
    hardware_uuid TEXT NOT NULL,
    machine_id_hash TEXT NOT NULL,
    tpm_ek_hash TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    supersedes TEXT NOT NULL,
    reason TEXT NOT NULL,
    address TEXT NOT NULL,
    asked_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
    decided_by TEXT NOT NULL,
    decided_ms INTEGER,
    PRIMARY KEY (trust, request_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX waiting_device_id ON waiting_device (trust, device_id);
