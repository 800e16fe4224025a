"""Disks that are full, that fail, and that lose their power: real ones, and one made by shim.c."""
