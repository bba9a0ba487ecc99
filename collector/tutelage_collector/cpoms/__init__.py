"""What goes into CPOMS: one concern in CPOMS's own words, to copy, or as CSV and JSON.

CPOMS publishes no format for importing; a person copies the narrative and notes CPOMS's reference
in the concern, so that how complete logging is can be counted (policy 14.a).
"""
