"""The numbers of the TPM 2.0 Library Specification that this codec uses, with where they stand.

Sections are those of Part 2 (Structures) and Part 3 (Commands); they have been the same since
revision 1.16, while the numbers of tables move with each revision (those named are of 1.38).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Tag(IntEnum):
    """``TPM_ST``, Part 2 section 6.9 (table 19)."""

    NO_SESSIONS = 0x8001
    SESSIONS = 0x8002
    HASHCHECK = 0x8024


class Command(IntEnum):
    """``TPM_CC``, Part 2 section 6.5.2 (table 12)."""

    CREATE_PRIMARY = 0x131
    NV_READ = 0x14E
    CREATE = 0x153
    LOAD = 0x157
    SIGN = 0x15D
    UNSEAL = 0x15E
    FLUSH_CONTEXT = 0x165
    NV_READ_PUBLIC = 0x169
    READ_PUBLIC = 0x173
    START_AUTH_SESSION = 0x176
    GET_CAPABILITY = 0x17A


class Algorithm(IntEnum):
    """``TPM_ALG_ID``, Part 2 section 6.3 (table 9)."""

    RSA = 0x0001
    AES = 0x0006
    KEYEDHASH = 0x0008
    SHA256 = 0x000B
    NULL = 0x0010
    ECDSA = 0x0018
    ECC = 0x0023
    CFB = 0x0043


class Attribute(IntFlag):
    """``TPMA_OBJECT``, Part 2 section 8.3 (table 31)."""

    FIXED_TPM = 1 << 1
    FIXED_PARENT = 1 << 4
    SENSITIVE_DATA_ORIGIN = 1 << 5
    USER_WITH_AUTH = 1 << 6
    ADMIN_WITH_POLICY = 1 << 7
    NO_DA = 1 << 10
    RESTRICTED = 1 << 16
    DECRYPT = 1 << 17
    SIGN = 1 << 18


class Hierarchy(IntEnum):
    """``TPM_RH``, Part 2 section 7.4 (table 28), and what is loaded by nobody."""

    OWNER = 0x40000001
    NULL = 0x40000007
    PASSWORD = 0x40000009
    ENDORSEMENT = 0x4000000B


NIST_P256 = 0x0003
"""``TPM_ECC_CURVE``, Part 2 section 6.4 (table 10)."""
CAP_HANDLES = 1
"""``TPM_CAP``, Part 2 section 6.12 (table 22)."""
TRANSIENT_FIRST, LOADED_SESSION_FIRST = 0x80000000, 0x02000000
"""``TPM_HC``, Part 2 section 7.5 (table 29): where the handles of each kind begin."""
STORAGE_ROOT = 0x81000001
"""Where a system keeps its storage root key: TCG "TPM v2.0 Provisioning Guidance", section 7.8."""
ENDORSEMENT_KEY = 0x81010001
"""Where a system keeps its endorsement key: the same."""
EK_CERTIFICATES = (0x01C00002, 0x01C0000A)
"""NV indices of the RSA 2048 and P-256 certificates: TCG "EK Credential Profile", section 2.2.1."""


class Busy(IntEnum):
    """``TPM_RC`` of format zero, Part 2 section 6.6.3 (table 16)."""

    YIELDED = 0x908
    CANCELED = 0x909
    TESTING = 0x90A
    NV_RATE = 0x920
    LOCKOUT = 0x921
    RETRY = 0x922
    NV_UNAVAILABLE = 0x923


class Fault(IntEnum):
    """``TPM_RC`` of format one, without its number of handle, session or parameter."""

    VALUE = 0x084
    HANDLE = 0x08B
    AUTH_FAIL = 0x08E
    INTEGRITY = 0x09F
    BAD_AUTH = 0x0A2
