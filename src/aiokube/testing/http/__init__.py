"""HTTP: requests are understood, recorded and answered on a port of 127.0.0.1."""
