"""All input and output: files, Cyrus, the directory."""
