"""Words of strangers in everything that leaves the program."""
