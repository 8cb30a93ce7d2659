"""One spoken turn, from the key's press to the last word: `run_turn`, and the thread it runs on."""
