"""Expressions that users write on pins: a part of CEL, over JSON values alone.

They are read into a tree, never into Python; what they look up are the names they are
given and the keys of objects. Each evaluation has a budget of steps, which pays for the
size of values too, so no expression can take long or much memory.
"""

from blocks.expressions.budget import MAX_STEPS, Budget
from blocks.expressions.expression import Expression, compile_expression

__all__ = ["MAX_STEPS", "Budget", "Expression", "compile_expression"]
