"""What the companion keeps of the conversation, in one SQLite file. Nothing else knows SQL."""
