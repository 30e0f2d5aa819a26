"""The one error of the codecs."""


class WireError(ValueError):
    """Bytes are not a message of ours: cut off, changed, or of another kind. Nothing was applied."""
