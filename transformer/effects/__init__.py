"""What each step reads and writes: abstract interpretation of instructions and shell commands."""
