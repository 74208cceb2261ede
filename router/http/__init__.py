"""What the node serves over HTTP, and who requests are from.

``page`` is the built page, ``bridge`` the HTTP bridge. ``gate`` finds out who a request is from, by the ways ``basic``,
``digest``, ``cookies`` and ``tickets``; ``login_path`` is where one logs in.
"""
