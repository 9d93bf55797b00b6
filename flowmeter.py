"""The front door: the whole command line, one short function a command."""


def main() -> None:
    """Run the command line."""
