"""Pictures of the window in every state and on every page, made where no screen is."""
