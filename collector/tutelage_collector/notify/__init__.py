"""Messages to people: that something waits, and where to open it. Never what, never who.

A message travels outside of the school: through a mail provider, a chat service, a telephone's
lock screen. So it holds a grade, a count and an address, and nothing else (safeguarding.md 3.2).
"""
