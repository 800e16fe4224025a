"""What the project is made of, and what it is shipped as."""
