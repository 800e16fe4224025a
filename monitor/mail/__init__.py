"""Vendors' notices by e-mail: from bytes to what a mail announces, and whose it is.

parsing     bytes -> Mail: sender, dates, text, links; whatever the bytes are
forwarding  a mail within a mail: attached, or quoted by the program that forwarded it
announcing  Mail -> what changes, from when, until when one can object or leave
matching    whose policies a mail is about, and why

What a mail says about itself (its sender, its date, its authentication results) is a claim. Pure.
"""
