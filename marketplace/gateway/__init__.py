"""What the marketplace asks of programs that are not its own."""
