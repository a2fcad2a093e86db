"""Postroom: shared mailboxes as code."""
