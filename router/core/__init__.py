"""WAMP routing without I/O: messages in through a link, messages out through the peer it was given.

Nothing here knows a socket, a reactor, a clock or a source of randomness; all of that is passed in (:mod:`.ports`).
"""
