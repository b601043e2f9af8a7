"""What the Connexions runners in Python share: fetching, unpacking and reading a collection."""
