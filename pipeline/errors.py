"""The errors a user may meet. Each says which file, row, URL or key, and what to do next.

::

    WhatBenzError
    ├── ParamError      a key of params.yaml is unknown, ill-typed or out of range
    ├── TableError      a table is missing, or its columns are not those of tables.py
    ├── MaterialError   the user's own material (classes, URL list, folder) cannot be used
    ├── SourceError     an image search refused, or answers in a shape we do not know
    ├── ApiError        the vehicle API refused, or its budget or quota is used up
    ├── ModelError      a model file is missing, damaged or of another shape
    ├── MissingExtraError  a package that the command needs is not installed
    ├── BundleError     a bundle is missing, incomplete or damaged
    ├── StoreError      the object store (S3) refused, or the connection to it ended
    ├── ConservationError  a candidate was lost or counted twice; a fault of the program
    └── LeakError       the same photograph stands on both sides of the split
"""

import click


class WhatBenzError(click.ClickException):
    """Base of all expected failures: the command line prints the message alone and exits with 1."""


class ParamError(WhatBenzError):
    """A key of params.yaml is unknown, ill-typed or out of range."""


class TableError(WhatBenzError):
    """A table is missing, or its columns are not those that tables.py names."""


class MaterialError(WhatBenzError):
    """The user's own material (classes.csv, a URL list, a folder) cannot be used as it is."""


class SourceError(WhatBenzError):
    """An image search refused the request, or answers in a shape the parser does not know."""


class ApiError(WhatBenzError):
    """The vehicle API refused the request, or its call budget or quota is used up."""


class ModelError(WhatBenzError):
    """A model file is missing, damaged or of another shape than the code expects."""


class MissingExtraError(WhatBenzError):
    """A package that the command needs is not installed; ``remedy`` is the command line that installs it."""

    remedy: str

    @classmethod
    def of(cls, command: str, extra: str, error: ModuleNotFoundError) -> "MissingExtraError":
        """Return the error of one command that the import error ``error`` ended."""
        remedy = f"pip install 'whatbenz[{extra}]'"
        package = (error.name or "?").partition(".")[0]
        made = cls(f"whatbenz {command}: the package {package} is not installed; {remedy}")
        made.remedy = remedy
        return made


class BundleError(WhatBenzError):
    """A bundle is missing, incomplete or damaged, or a file of it is not what bundle.json says."""


class StoreError(WhatBenzError):
    """The object store (S3) refused, has no such bucket, or the connection to it ended."""


class ConservationError(WhatBenzError):
    """A candidate was lost or counted twice: a fault of the program, found before the table was written."""


class LeakError(WhatBenzError):
    """The same photograph stands on both sides of the split."""
