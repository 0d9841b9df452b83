"""What of payments the admin site shows: nothing; money moves through actions alone."""
