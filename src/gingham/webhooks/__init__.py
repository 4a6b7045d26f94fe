"""Webhooks on their way: signed, sent, tried again, given up.

schedule    when to try again, and when to stop (pure)
signing     the keys, and the signature over the exact bytes
transport   one request to a receiver that may be hostile
deliverer   drains the outbox
"""
