"""The W3C's test suites, run through this project's own doors."""
