"""The notice clock: what was promised about notice, what was given, and which days lie ahead. Pure.

calendar    periods counted as what they are: calendar months, business days, days
standards   what is owed: by the policy's older words, by a contract, by a law
clock       the notice that was given, held against that
happenings  which changes of sub-processors give time to object, and to whom
deadlines   when a change applies, and until when one may object to it or leave
statutes    the periods of laws, as data; none is on unless a configuration names it
standing    which of the recorded changes still stand
reminders   when people are reminded of a day
"""
