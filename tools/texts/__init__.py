"""Reading of the official texts, which are kept outside the project, and measurements on them."""
