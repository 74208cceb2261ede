"""The ways in: one file a method, each an :class:`~..core.authentication.Authenticator`.

For the wiring::

    checks = Checks(throttle, clock, log, device_role)
    users = Sources([StaticUsers({"joe": StaticUser(secret, "resident")}), accounts_worker])
    cra = WampCra(users, Decoys(key_file.derive("decoys")), checks)
    authenticator = Methods({"wampcra": cra, "anonymous": Anonymous("guest")})

``throttle`` is one object for the whole node. ``device_role(role, prefix)`` is called before a device with a prefix of
its own is let in, so that the realms have its role. A method never logs a secret; the refusal that it hands to the core
says why, and only the core's log shows that.
"""
