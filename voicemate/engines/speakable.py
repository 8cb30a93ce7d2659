"""What no voice can say is taken out of a text before one sees it."""

from __future__ import annotations

import re

_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def speakable(text: str) -> str:
    """Replace control characters and half surrogates by spaces, one by one.

    Every character keeps its place, so that the words' positions still fit the text. (A null
    character would end the text in a C library, half a surrogate cannot be encoded for it.)
    """
    return _UNSPEAKABLE.sub(" ", text)
