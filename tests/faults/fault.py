"""What a deliberate fault is."""

from dataclasses import dataclass

SECONDS_MAX = 60  # For the tests of a program.
SECONDS_MAX_OF_A_HANG = 15


@dataclass(frozen=True)
class Fault:
    """A small mistake that a person could make: one piece of text in one file."""

    name: str
    rule: str  # Of SEMANTICS or the design, by its name.
    breaks: str  # What a user would see of it, in one sentence.
    file: str
    find: str  # Occurs exactly once in the file.
    put: str
    program: str  # The test program.
    test: str  # The one test in it that catches the fault.
    hangs: bool = False  # That test does not end then: a wake-up that never comes, say.
    avoid: str = ""  # Backends that the program is kept from, by PINWHEEL_AVOID_BACKENDS.

    @property
    def runs_in(self) -> tuple[str, str]:
        """What the tests of several faults have to share to be run together."""
        return self.program, self.avoid

    @property
    def conditions(self) -> str:
        """What is special about that, if anything."""
        return f", without {self.avoid}" if self.avoid else ""

    @property
    def seconds_max(self) -> float:
        return SECONDS_MAX_OF_A_HANG if self.hangs else SECONDS_MAX
