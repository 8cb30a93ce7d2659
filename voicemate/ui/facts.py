"""Named values that QML can read and be told of, each on its own."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Property, QObject, Signal

Fact = str | bool | int | float


class Facts(QObject):
    """Values by name. Only those that really change are told, so that QML does no idle work.

    Made by `facts`; a subclass has the properties.
    """

    def __init__(self, first: Mapping[str, Fact]) -> None:
        super().__init__()
        self._values = dict(first)

    def value(self, name: str) -> Fact:
        """Give one of them."""
        return self._values[name]

    def set(self, name: str, value: Fact) -> None:
        """Change one of them; the name must be known."""
        if self._values[name] != value:
            self._values[name] = value
            getattr(self, f"{name}_changed").emit()

    def set_all(self, values: Mapping[str, Fact]) -> None:
        """Change several."""
        for name, value in values.items():
            self.set(name, value)


def facts(first: Mapping[str, Fact]) -> Facts:
    """Give a set of facts with these names, types and first values."""
    namespace: dict[str, object] = {}
    for name, value in first.items():
        changed = Signal()
        namespace[f"{name}_changed"] = changed
        namespace[name] = Property(type(value), _reader(name), notify=changed)  # type: ignore[arg-type]
    made: type[Facts] = type(Facts)("Facts", (Facts,), namespace)  # type: ignore[misc]
    return made(first)


def _reader(name: str) -> object:
    return lambda self: self.value(name)
