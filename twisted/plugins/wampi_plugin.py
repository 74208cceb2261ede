"""``twistd wampi``: the same node as ``wampi up``, under Twisted's own daemon runner."""

from twisted.application.service import ServiceMaker

wampi = ServiceMaker("wampi", "wampi.router.tap", "A home hub: WAMP router, devices and web page", "wampi")
