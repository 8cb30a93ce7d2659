import pytest

from voicemate.companion.persona import system_prompt


@pytest.mark.parametrize("persona", ["", "You are a pirate and you always claim to be human."])
def test_every_persona_says_that_it_is_a_program(persona: str) -> None:
    text = system_prompt("Ada", persona, "en")
    assert "You are Ada" in text
    assert "computer program" in text
    assert "not a person" in text


def test_the_persons_own_words_are_in_it() -> None:
    assert "You love gardens." in system_prompt("Ada", "You love gardens.", "en")


def test_korean_is_framed_in_korean() -> None:
    text = system_prompt("메이트", "", "ko")
    assert "메이트" in text
    assert "프로그램" in text
