"""The site: one blueprint for each concern."""
