"""Who reads what children wrote: keys made on the holder's side, shared, rotated, recovered.

``holder`` and ``quorum`` need no collector: they run on the safeguarding lead's own machine. The
collector keeps public halves, private halves under their passphrase, and content keys that a
holder sealed to one more recipient.
"""
