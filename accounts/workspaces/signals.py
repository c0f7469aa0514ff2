"""What happens to workspaces, for apps that keep things in them.

Sent in the transaction of the deed; a receiver that raises refuses it.
"""

from typing import Final

from django.dispatch import Signal

workspace_ends: Final = Signal()
"""With `workspace_id`. From now on nothing of it is to go on by itself."""

member_left: Final = Signal()
"""With `workspace_id`, `user_id`, and `heir_id`: the owner who looks after what the
member leaves there."""
