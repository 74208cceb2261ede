from math import inf

from wampi.router.transport.bucket import TokenBucket


def test_a_new_bucket_lets_a_whole_burst_pass() -> None:
    assert TokenBucket(100, 200, now=0.0).tokens == 200


def test_tokens_flow_in_at_the_rate() -> None:
    bucket = TokenBucket(100, 200, now=0.0)
    bucket.tokens = 0.0
    bucket.refill(0.5)
    assert bucket.tokens == 50


def test_no_more_than_a_burst_gathers() -> None:
    bucket = TokenBucket(100, 200, now=0.0)
    bucket.refill(1000.0)
    assert bucket.tokens == 200


def test_after_the_wait_at_least_one_message_may_pass() -> None:
    for rate, burst in ((100, 200), (0.5, 1), (10_000, 20), (1, 1000)):
        bucket = TokenBucket(rate, burst, now=0.0)
        bucket.tokens = 0.3
        bucket.refill(bucket.wait_seconds() + 1e-9)
        assert bucket.tokens >= 1, (rate, burst)


def test_a_wait_is_long_enough_for_the_clock_to_move() -> None:
    bucket, now = TokenBucket(100, 1, now=1_000_000.0), 1_000_000.0
    bucket.tokens = 1.0 - 2**-53
    assert now + bucket.wait_seconds() > now
    bucket.refill(now + bucket.wait_seconds())
    assert bucket.tokens == 1


def test_a_fast_peer_is_resumed_for_many_messages_at_a_time() -> None:
    bucket = TokenBucket(1000, 2000, now=0.0)
    bucket.tokens = 0.0
    assert bucket.wait_seconds() == 0.05


def test_the_long_run_keeps_to_the_rate() -> None:
    bucket, now, passed = TokenBucket(100, 20, now=0.0), 0.0, 0
    while now < 10:
        bucket.refill(now)
        while bucket.tokens >= 1:
            bucket.tokens -= 1
            passed += 1
        now += bucket.wait_seconds()
    assert 1000 <= passed <= 1025


def test_a_full_bucket_is_full_after_a_change_and_a_used_one_is_not_refilled() -> None:
    full, used = TokenBucket(100, 200, now=0.0), TokenBucket(100, 200, now=0.0)
    used.tokens = 10
    full.configure(1000, 2000)
    used.configure(1000, 2000)
    assert (full.tokens, used.tokens) == (2000, 10)


def test_an_infinite_rate_never_runs_dry() -> None:
    bucket = TokenBucket(inf, 1, now=0.0)
    bucket.tokens -= 1e9
    bucket.refill(0.0)
    assert bucket.tokens == inf
