"""What pages show, as plain data: from the documents of a release to what templates render."""
