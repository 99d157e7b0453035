"""The requests that show the faults which few requests show, sent over plain sockets."""
