"""Where accounts come from: the connector protocol, the catalogue of institutions, the banks that implement
it.
"""
