"""The practice mail world."""
