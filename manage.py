#!/usr/bin/env python
"""Django's command line; `python manage.py help` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line

STAND_ALONE = {"rungraph", "runblock", "validategraph"}
"""Commands that need no server, database or settings, whatever the environment says."""

if __name__ == "__main__":
    if STAND_ALONE.intersection(sys.argv[1:2]):
        os.environ["STAND_ALONE"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autogpt_site.settings")
    execute_from_command_line(sys.argv)
