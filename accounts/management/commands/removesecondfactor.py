"""Removes the second factor of somebody who lost the app and all recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.sign_in.second_factor import remove
from core.keys import blind_index


class Command(BaseCommand):
    help = "Remove the second factor of one user, who is told by mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the user's address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email_index=blind_index(email.strip())).first()
        if user is None:
            raise CommandError("Nobody has this e-mail address.")
        if not remove(user, by=None):
            raise CommandError("This user has no second factor.")
        self.stdout.write("Removed. The password alone gets in now.")
