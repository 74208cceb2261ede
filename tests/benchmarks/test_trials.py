"""The trials: that each is asked of its routers, and that one that fails costs no other."""

from benchmarks import routers, trials
from benchmarks.trials import Trial


def refuse(router: routers.RunningRouter) -> str:
    raise routers.RouterError(f"{router.name} does not want to")


def test_a_trial_that_fails_is_named_and_the_others_go_on(capsys) -> None:
    failing = Trial("one", ("yardstick",), refuse, str)
    naming = Trial("two", ("yardstick", "crossbar"), lambda router: router.name, str)
    results, failures = trials.run([failing, naming], ["wampi", "yardstick"])
    assert results == [(naming, "yardstick")]
    assert failures == ["one: yardstick: yardstick does not want to"]
    assert capsys.readouterr().err.splitlines() == ["one: yardstick", "two: yardstick"]


def test_no_more_idle_sessions_are_asked_for_than_files_can_be_open() -> None:
    assert trials.idle_steps(most=800) == [800]
    assert trials.idle_steps(most=4000) == [1000, 4000]
    assert trials.idle_steps(most=20_000) == [1000, 10_000]


def test_the_short_form_asks_everything_that_a_whole_run_asks() -> None:
    assert {trial.name for trial in trials.short_trials()} == {trial.name for trial in trials.all_trials()}
