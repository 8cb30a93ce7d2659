"""One adapter a module: what an engine really does, behind the port it fulfils."""
