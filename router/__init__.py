"""The wampi router: a WAMP router for the home, with TLS, login and rights for each person and device."""
