"""The notice clock: what was promised about notice, what was given, and which days lie ahead. Pure.

calendar    periods counted as what they are: calendar months, business days, days
standards   what is owed: by the policy's older words, by a contract, by a law
clock       the notice that was given, held against that
objections  which changes of sub-processors give time to object, and how much
"""
