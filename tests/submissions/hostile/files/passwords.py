"""Reads system files."""

print(open("/etc/shadow").read())
