"""`gingham run`: an unmodified app, for which Plaid's hosts are this server.

command.py    becomes the command, after it has made its surroundings
names.py      which hosts, and a file of hosts of the command's own
trust.py      the variables by which clients are told whom to trust and which way to go
plan.py       what this process and the one beside it tell each other
beside.py     the process beside the command: its server (own.py), and the two below
front.py      TLS for Plaid's hosts in front of a server
tunnel.py     a forward proxy, where the names cannot be changed
authority.py  the authority that the certificates come from
hook/         how Python programs find the front, where the names cannot be changed
"""
