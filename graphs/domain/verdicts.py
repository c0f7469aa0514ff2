"""Three answers to the question whether values fit."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Fit(Enum):
    """How values of the source type fare at the sink."""

    FITS = "fits"
    """Each of them is taken."""
    MAYBE = "maybe"
    """Some may be refused."""
    MISMATCH = "mismatch"
    """Each of them is refused."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a clause for a sentence; it is empty for what fits."""

    fit: Fit
    reason: str = ""


def one_of(fits: Iterable[Fit]) -> Fit:
    """Of values that may be any of several."""
    seen = set(fits)
    return seen.pop() if len(seen) == 1 else Fit.MAYBE


def any_of(fits: Iterable[Fit]) -> Fit:
    """Of a sink that tries several types in turn."""
    seen = set(fits)
    if Fit.FITS in seen:
        return Fit.FITS
    return Fit.MAYBE if Fit.MAYBE in seen else Fit.MISMATCH


def all_of(fits: Iterable[Fit]) -> Fit:
    """Of values that must keep to each of several things."""
    seen = set(fits)
    if Fit.MISMATCH in seen:
        return Fit.MISMATCH
    return Fit.MAYBE if Fit.MAYBE in seen else Fit.FITS
