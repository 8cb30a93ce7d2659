"""Cuts a reply, while it is being written, into stretches that are spoken in one breath.

The text is read character by character, so that how it was chunked cannot change the cuts. A
place where the reply may be cut is looked for at each end of a word; `Cut` says how long the
stretches may become. What is said of each stretch is `spoken_text`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from voicemate.conversation.breaks import (
    Ending,
    best_break,
    breaks_clause,
    count_words,
    ends_sentence,
    goes_on,
    is_protected,
    leads_clause,
)
from voicemate.conversation.spoken_data import SILENT_BLOCKS
from voicemate.conversation.spoken_text import spoken_text
from voicemate.types import Utterance


@dataclass(frozen=True, slots=True)
class Cut:
    """How long a stretch may be, in words.

    The first ends at the first clause boundary from `first_min_words` on, so that the voice starts
    early, and at `first_max_words` at the latest; later ones are whole sentences, cut at a clause
    beyond `max_words`. With `first_words` the first one may be cut anywhere from so many words on,
    where the rest has not been written yet: then it `goes_on`.
    """

    first_words: int = 0
    first_min_words: int = 3
    first_max_words: int = 10
    max_words: int = 25


DEFAULT_CUT = Cut()


def utterances(
    pieces: Iterable[str], language: str = "en", cut: Cut = DEFAULT_CUT
) -> Iterator[Utterance]:
    """Give each utterance as soon as its end is certain.

    All sources, joined, are the pieces, joined; the cuts do not depend on how the text was
    chunked (those by `Cut.first_words` do: they are there not to wait for the next piece). Code,
    thinking and bare markup are given too, with nothing to say. Whatever `pieces` raises passes
    through; closing this generator closes `pieces`.
    """
    iterator = iter(pieces)
    scanner = _Scanner(language, cut)
    try:
        for piece in iterator:
            for sign in piece:
                yield from scanner.feed(sign)
            if cut.first_words:
                yield from scanner.first_words()
        yield from scanner.finish()
    finally:
        for closable in (iterator, pieces):
            close = getattr(closable, "close", None)
            if close is not None:
                close()


_OPENERS = tuple(opener for opener, _ in SILENT_BLOCKS)
_CLOSERS = dict(SILENT_BLOCKS)
_OPENER_ENDS = frozenset(opener[-1] for opener in _OPENERS)
_LONGEST_MARK = max(map(len, _OPENERS))
_STRAY_ENDS = ("</think>", "</thinking>", "◁/think▷")
_LONGEST_WORD = 20
"""Text without words, such as a line of signs, counts a word for so many characters."""
_FENCES = ("```", "~~~")


class _Scanner:
    """Reads one reply, character by character, and gives its stretches."""

    def __init__(self, language: str, cut: Cut) -> None:
        self._language = language
        self._cut = cut
        self._speaking = False
        """True once something has been given that is said aloud."""
        self._begin(at_line_start=True)

    def _begin(self, at_line_start: bool) -> None:
        """Start a stretch."""
        self._text = ""
        self._at_line_start = at_line_start
        self._closer = ""
        """What ends the silent block that is being read; empty outside of one."""
        self._inside_from = 0
        """Where the silent block's inside begins."""
        self._fence_at = -1
        """Where a code fence has begun whose line is not over; -1 where none has."""
        self._undecided = -1
        """Where a sentence may have ended: the next word decides; -1 where none may have."""

    def feed(self, sign: str) -> Iterator[Utterance]:
        """Read one character; give what has become certain."""
        self._text += sign
        end = self._end_of_block() if self._closer else self._end_of_stretch(sign)
        if end is None:
            return
        rest = self._text[end:]
        yield self._utterance(self._text[:end], silent=bool(self._closer))
        for unread in rest:
            yield from self.feed(unread)

    def first_words(self) -> Iterator[Utterance]:
        """Give the beginning of the first stretch, as far as it can be said already."""
        known = self._text.rfind(" ") + 1
        prose = not (self._speaking or self._closer or self._fence_at >= 0)
        if not prose or count_words(self._text[:known]) < self._cut.first_words:
            return
        end = best_break(self._text[:known], self._cut.first_words, any_word=True, protect=True)
        rest = "" if end is None else self._text[end:]
        # A figure or a sign may change how the word before it is said.
        if end is None or not rest[:1].isalpha():
            return
        undecided = self._undecided
        first = self._utterance(self._text[:end], silent=False)
        yield replace(first, goes_on=undecided < 0 and bool(first.spoken))
        for unread in rest:
            yield from self.feed(unread)

    def finish(self) -> Iterator[Utterance]:
        """Give what is left when the reply is over."""
        if self._text:
            yield self._utterance(self._text, silent=bool(self._closer))

    def _utterance(self, source: str, silent: bool) -> Utterance:
        said = "" if silent else spoken_text(source, self._language)
        self._speaking = self._speaking or bool(said)
        self._begin(at_line_start=silent or source.endswith("\n"))
        return Utterance(source, said)

    # Silent blocks

    def _end_of_block(self) -> int | None:
        """Give where the silent block ends, when it has ended."""
        text, inside = self._text, self._inside_from
        if self._closer not in _FENCES:
            tail = text[max(inside, len(text) - len(self._closer)) :]
            return len(text) if tail.lower() == self._closer else None
        # The run of ticks is over when something else follows.
        before = text[:-1]
        if text[-1] == self._closer[0] or len(before) - inside < 3:
            return None
        line = before[max(inside, before.rfind("\n") + 1) :]
        if self._closer == "~~~" and line.strip(" \t~"):
            return None
        return len(before) if line.endswith(self._closer) else None

    def _enter_block(self, closer: str, start: int) -> int | None:
        """A silent block starts at `start`: what stands before it is a stretch of its own."""
        if self._text[:start].strip():
            return start
        self._closer, self._inside_from = closer, len(self._text)
        return None

    def _fence(self, sign: str) -> int | None:
        """Follow a line with a code fence in it: its end opens the block, a tick makes it prose."""
        if sign == "\n":
            return self._enter_block(self._text[self._fence_at] * 3, self._fence_at)
        if sign == self._text[self._fence_at] and self._text[self._fence_at :].strip(sign):
            self._fence_at = -1
        return None

    # Prose

    def _end_of_stretch(self, sign: str) -> int | None:
        """Give where the stretch ends that is being read, when that has become certain."""
        text = self._text
        if self._fence_at >= 0:
            return self._fence(sign)
        if sign in "`~" and text.endswith(_FENCES):
            line = text[text.rfind("\n") + 1 :]
            if line.strip() == "~~~" or (sign == "`" and line.count("```") % 2):
                self._fence_at = len(text) - 3
                return None
        if sign in _OPENER_ENDS:
            tail = text[-_LONGEST_MARK:].lower()
            for opener in _OPENERS:
                if tail.endswith(opener):
                    return self._enter_block(_CLOSERS[opener], len(text) - len(opener))
            if tail.endswith(_STRAY_ENDS):
                return len(text)
        if sign == "\n":
            return len(text) if text.strip() else None
        if sign.isspace():
            return self._end_of_word()
        if self._undecided >= 0:
            end, self._undecided = self._undecided, -1
            return None if goes_on(sign) else end
        if len(text) > 1 and text[-2] in "。！？" and sign not in "。！？”’」』)）\"'":
            return len(text) - 1
        return None

    def _end_of_word(self) -> int | None:
        """Give where to cut now that a word has ended, if that is clear."""
        text = self._text
        before = text[:-1]
        if not before or before[-1].isspace():
            return None
        cut, first = self._cut, not self._speaking
        limit = cut.first_max_words if first else cut.max_words
        words = count_words(before)
        # The first stretch cannot wait for a long quotation to end.
        guarded = words <= (limit if first else 2 * limit)
        free = not (guarded and is_protected(before))
        if free and (not first or words >= cut.first_min_words):
            ending = ends_sentence(
                before, self._at_line_start or "\n" in text[: -len(text.lstrip())]
            )
            if ending is Ending.YES:
                return len(text)
            if ending is Ending.MAYBE:
                self._undecided = len(text)
                return None
            if first:
                clause = self._end_of_clause(before)
                if clause is not None:
                    return clause
        if words < limit + (not first):
            return None
        if max(words, len(text) // _LONGEST_WORD) >= 4 * limit:
            return len(text)
        return best_break(
            text,
            fewest=cut.first_min_words + (2 * (not first)),
            any_word=first or words > 1.5 * limit,
            protect=guarded,
        )

    def _end_of_clause(self, before: str) -> int | None:
        if breaks_clause(before):
            return len(before) + 1
        lead = leads_clause(before)
        if lead is not None and count_words(before[:lead]) >= self._cut.first_min_words:
            return lead
        return None
