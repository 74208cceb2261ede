import pytest
from support.core import FakeClock
from wampi.router.http.forms import FormTokens


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def forms(clock: FakeClock) -> FormTokens:
    return FormTokens(b"k" * 32, clock)


def test_a_form_is_taken_back_from_who_was_given_it(forms: FormTokens) -> None:
    cookie = forms.new_cookie()
    assert forms.is_good(cookie, forms.token(cookie))


def test_a_form_that_somebody_else_was_given_is_not_taken(forms: FormTokens) -> None:
    token = forms.token(forms.new_cookie())
    assert not forms.is_good(forms.new_cookie(), token)
    assert not forms.is_good(None, token)


@pytest.mark.parametrize("token", ["", ".", "x", "1.x", "-1.x", "²." + "0" * 64, "9" * 400 + ".x", "1.\ud800"])
def test_what_is_no_token_is_not_taken(forms: FormTokens, token: str) -> None:
    assert not forms.is_good(forms.new_cookie(), token)


def test_a_form_can_be_sent_for_an_hour(forms: FormTokens, clock: FakeClock) -> None:
    cookie = forms.new_cookie()
    token = forms.token(cookie)
    clock.advance(3600)
    assert forms.is_good(cookie, token)
    clock.advance(1)
    assert not forms.is_good(cookie, token)


def test_a_token_for_a_time_to_come_is_not_taken(forms: FormTokens, clock: FakeClock) -> None:
    cookie = forms.new_cookie()
    clock.advance(60)
    token = forms.token(cookie)
    assert not FormTokens(b"k" * 32, FakeClock()).is_good(cookie, token)


def test_another_hubs_form_is_not_taken(forms: FormTokens, clock: FakeClock) -> None:
    cookie = forms.new_cookie()
    assert not forms.is_good(cookie, FormTokens(b"j" * 32, clock).token(cookie))
