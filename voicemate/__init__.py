"""VoiceMate: a voice companion that lives on a person's own laptop."""

__version__ = "0.1.0"

APP_ID = "io.github.voicemate.VoiceMate"
"""What desktops know the program by: the name of its .desktop file, without ".desktop"."""
