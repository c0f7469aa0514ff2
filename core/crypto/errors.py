"""What goes wrong with keys and sealed values. No text ever shows a secret."""


class MasterKeyError(ValueError):
    """A master key that cannot be used. The text never shows it."""


class DecryptionError(Exception):
    """A token that does not open. Nothing of it is returned, nothing secret is said."""
