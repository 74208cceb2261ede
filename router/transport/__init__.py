"""How bytes come and go: the door, WebSocket with its short path, the bounded outbox, the in-memory pair.

Autobahn and Twisted end here; the core is given peers, and gives links (:mod:`.link`).
"""
