"""What the node serves over HTTP: the built page."""
