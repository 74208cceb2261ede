"""OpenID Connect: logging in with an account at somebody else's (OpenID Connect Core 1.0, code flow with PKCE).

``fetch`` speaks HTTPS with a provider, ``discovery`` knows its addresses and ``provider`` its keys, ``id_tokens`` is
what a token must be like, ``flows`` remembers who has been sent away, and ``resources`` is what browsers see of it.
"""
