"""What a user can ask for: the table, and the questions that read or label the store."""
