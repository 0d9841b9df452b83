"""What people type to find a machine, what a listing says, and how the two meet: words become tokens here."""
