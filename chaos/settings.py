"""The settings of an installation that is to be broken: the only place where failpoints
and a wrong clock can be switched on. Production settings never read these variables."""

import os

from autogpt_site.settings import *  # noqa: F403
from autogpt_site.settings import INSTALLED_APPS
from chaos import clock, faults

INSTALLED_APPS = [*INSTALLED_APPS, "chaos.apps.ChaosConfig"]

faults.install(os.environ)
clock.install(os.environ)
