"""The HTTP bridge: requests that become calls and events of WAMP, as Crossbar.io has it; see docs/http-bridge.md.

``resource`` is what its three paths have in common, ``publisher``, ``caller`` and ``webhook`` are these, ``signing``
and ``admission`` say which requests may pass, ``session`` is the bridge's own session in the realm.
"""
