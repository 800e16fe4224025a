"""Vendors' mails: read, understood, matched."""
