"""The answer for a file in the words and formats that people and programs read."""
