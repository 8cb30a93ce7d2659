"""What a person sees: the terminal front end, and the state it shares with the window."""
