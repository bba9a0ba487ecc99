"""The programs that the agent may run on Windows: one, for the one fact that no call gives."""

from __future__ import annotations

from tutelage_agent.host import Command

SECURITY_POLICY = Command(
    "security-policy",
    (r"C:\Windows\System32\SecEdit.exe",),
    ("/export", "/cfg", "{0}", "/areas", "SECURITYPOLICY", "/quiet"),
    parameters=(r"[A-Za-z]:\\[^\"*?<>|]{1,250}\\policy\.inf",),
    timeout=30.0,
)
"""``PasswordComplexity``: needs an administrator, takes a second. Its keys are not translated."""

COMMANDS: tuple[Command, ...] = (SECURITY_POLICY,)
