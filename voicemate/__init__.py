"""VoiceMate: a voice companion that lives on a person's own laptop."""

__version__ = "0.1.0"
