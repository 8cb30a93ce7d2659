"""Microphone, speaker, sound files: everything that touches samples on their way in or out."""
