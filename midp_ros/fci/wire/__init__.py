"""FCI's packets and commands as bytes, without sockets and without a robot."""
