"""What the record says of the law: who is bound on a day."""
