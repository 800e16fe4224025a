"""Spellings of addresses that a stranger must not make us connect to, without an allowance."""

HOSTS = [
    "127.0.0.1", "localhost", "localhost.", "LOCALHOST", "127.1", "2130706433", "0x7f000001",
    "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0300.0250.0.1", "0", "0.0.0.0", "10.0.0.1",
    "192.168.1.1:8080", "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192",
    "168.63.129.16", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[2002:7f00:1::]", "[fe80::1%25eth0]",
    "[fd00:ec2::254]", "127.0.0.1:22", "8.8.8.8:22", "8.8.8.8:6379", "[2606:4700::1111]:25",
]  # fmt: skip

#: Names and what they turn out to be: inside, mixed, bound to one interface.
NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "inside.example": ["10.0.0.1"],
    "mixed.example": ["93.184.215.14", "10.0.0.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "zoned.example": ["fe80::1%eth0"],
    "nat64.example": ["64:ff9b::a9fe:a9fe"],
}

#: Spellings of what not even the operator's own word leads to: metadata, this link, nobody, all.
NOBODYS = [
    "169.254.169.254", "169.254.170.2", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
    "0.0.0.0", "0", "100.100.100.200", "168.63.129.16", "192.0.0.192", "::", "fe80::1",
    "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::",
    "224.0.0.1", "255.255.255.255", "ff02::1",
]  # fmt: skip
