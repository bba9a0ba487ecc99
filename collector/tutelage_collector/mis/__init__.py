"""People from a school's MIS: read, previewed, sealed. Never required.

The database holds, for each person, the pseudonym of their device account, an age band and a
level; names, identifiers and reasons are sealed to the safeguarding lead.
"""
