"""The server under test and how far the suite may go with it."""
