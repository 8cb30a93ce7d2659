"""Measures VoiceMate at the sound card. `scripts/bench` starts it; it is no part of VoiceMate.

`__main__` is the command, `turns`, `interrupt`, `tokens`, `hearing`, `long` and `start` are its
parts, `mate` is the companion under test in a process of its own, `plain` is the way that it is
compared with, `rows` judges samples by `targets`, `report` writes them down.
"""
