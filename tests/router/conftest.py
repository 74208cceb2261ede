"""Property-based tests take the time they need: how fast a machine is today is no property of the router."""

from hypothesis import settings

settings.register_profile("wampi", deadline=None)
settings.load_profile("wampi")
