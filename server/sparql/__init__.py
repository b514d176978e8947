"""Query engines: one interface, and what implements it."""
