import resource

from wampi.router.transport.connections import Admission, ConnectionLimits, Connections, descriptor_limits


def admitted(connections: Connections, address: str | None) -> Admission:
    admission = connections.admit(address)
    assert admission is not None
    return admission


def test_an_address_gets_so_many_connections_and_others_are_not_bothered() -> None:
    connections = Connections(ConnectionLimits(per_address=2, pending=10, total=10))
    admitted(connections, "192.0.2.1")
    second = admitted(connections, "192.0.2.1")
    assert connections.admit("192.0.2.1") is None
    admitted(connections, "192.0.2.2")
    second.release()
    admitted(connections, "192.0.2.1")


def test_a_64_of_ipv6_counts_as_one_address() -> None:
    connections = Connections(ConnectionLimits(per_address=1, pending=10, total=10))
    admitted(connections, "2001:db8::1")
    assert connections.admit("2001:db8::2") is None
    admitted(connections, "2001:db8:0:1::1")


def test_only_so_many_may_wait_to_log_in() -> None:
    connections = Connections(ConnectionLimits(per_address=10, pending=2, total=10))
    first = admitted(connections, "192.0.2.1")
    admitted(connections, "192.0.2.2")
    assert connections.admit("192.0.2.3") is None
    first.set_pending(False)
    admitted(connections, "192.0.2.3")


def test_a_connection_that_has_logged_out_waits_again() -> None:
    connections = Connections(ConnectionLimits(per_address=10, pending=1, total=10))
    admission = admitted(connections, "192.0.2.1")
    admission.set_pending(False)
    admission.set_pending(False)
    assert connections.pending == 0
    admission.set_pending(True)
    assert connections.admit("192.0.2.2") is None


def test_there_are_only_so_many_in_all() -> None:
    connections = Connections(ConnectionLimits(per_address=10, pending=10, total=2))
    admitted(connections, None)
    admitted(connections, "192.0.2.1")
    assert connections.admit("192.0.2.2") is None
    assert connections.admit(None) is None


def test_sockets_without_an_address_are_limited_in_all_only() -> None:
    connections = Connections(ConnectionLimits(per_address=1, pending=1, total=4))
    admitted(connections, "192.0.2.1")
    admitted(connections, None)
    admitted(connections, None)
    admitted(connections, None)
    assert connections.admit(None) is None


def test_sockets_without_an_address_keep_no_stranger_from_logging_in() -> None:
    connections = Connections(ConnectionLimits(per_address=1, pending=1, total=10))
    admitted(connections, None)
    admitted(connections, "192.0.2.1")


def test_a_place_is_given_back_once() -> None:
    connections = Connections(ConnectionLimits(per_address=10, pending=10, total=10))
    admission = admitted(connections, "192.0.2.1")
    admission.release()
    admission.release()
    admission.set_pending(True)
    assert (connections.total, connections.pending) == (0, 0)


def test_a_refused_connection_takes_no_place() -> None:
    connections = Connections(ConnectionLimits(per_address=1, pending=10, total=10))
    first = admitted(connections, "192.0.2.1")
    assert connections.admit("192.0.2.1") is None
    first.release()
    assert (connections.total, connections.pending) == (0, 0)


def test_the_total_leaves_descriptors_for_the_node() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert descriptor_limits().total == soft - 64
