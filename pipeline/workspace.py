"""What a command is given: where the run lies and its parameters."""

from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.layout import Layout
from pipeline.params import Section, read_params

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Workspace:
    """One run: its paths and the parameters given on the command line over those of params.yaml."""

    layout: Layout = field(default_factory=Layout)
    overrides: tuple[str, ...] = ()

    def params(self, cls: type[S]) -> S:
        """Return the checked section of ``cls``.

        Raises:
            ParamError: a key is unknown, ill-typed or out of range.
        """
        return read_params(cls, self.layout.params, self.overrides)
