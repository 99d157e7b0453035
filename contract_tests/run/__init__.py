"""A run against one target: what its checks share."""
