"""Accounts and what proves them, in SQLite; everything that takes long is done off the reactor's thread.

Nothing here imports SQLAlchemy until it is needed: a router without accounts never does.

For the command line, which has no reactor::

    from wampi.router.store.accounts import Accounts        # imports SQLAlchemy

    with Accounts.open(data_dir) as accounts:               # made at the first time, schema brought up to date
        accounts.add_person("anna", "resident", password)   # seconds on a small machine: every verifier is derived
        accounts.set_password("anna", password)
        key = accounts.add_device("doorbell", prefix="org.example.doorbell")   # the text for the device's key file
        key = accounts.add_device("camera", role="camera")  # a role of the configuration
        key = accounts.renew_device_key("doorbell")
        accounts.set_enabled("anna", False)
        accounts.remove("anna")
        for account in accounts.list(): ...
    passwords.generate()                                     # a password for the first owner
    passwords.accepted(password, names)                      # raises WeakPassword; for a prompt that asks again

For the wiring, which has one::

    worker = AccountsWorker(partial(Accounts.open, data_dir), reactor.callFromThread)
    worker.start()                     # opens the database; raises StoreError
    accounts_worker.find(…)            # the CredentialSource of auth.wampcra
    worker.submit(lambda accounts: accounts.list(), done, failed)
    worker.stop()
    HubKey.open(data_dir).derive("decoys")                    # key of auth.decoys

A device with a prefix has a role of its own, ``device:<authid>``, with all rights under the prefix and none elsewhere;
``Accounts.device_prefixes()`` maps role to prefix. Every error is a :class:`~.errors.StoreError` with one sentence.
"""
