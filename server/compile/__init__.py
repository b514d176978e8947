"""The build: from Turtle sources to an immutable release."""
