"""Who the companion is: its persona. Plain data and text, no engine."""
