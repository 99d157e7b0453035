"""What is sent: bodies, credentials and paused sessions."""
