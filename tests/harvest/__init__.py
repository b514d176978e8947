"""Tests of what the site offers to harvesters."""
