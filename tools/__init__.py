"""Commands for those who make the data; nothing here is needed where the site is served."""
