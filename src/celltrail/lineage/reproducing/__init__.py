"""What a recipe that ran again made of its result, and where it departed."""
