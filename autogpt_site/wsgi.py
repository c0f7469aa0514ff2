"""For servers that speak WSGI only. They have no websockets; prefer ASGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autogpt_site.settings")

application = get_wsgi_application()
