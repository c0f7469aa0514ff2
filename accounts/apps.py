from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import input_signals, sign_in_limits
        from accounts.audit import hooks
        from accounts.keys import StoredKeys, after_migrate
        from accounts.sign_in import checks, letters  # noqa: F401  (registers them)
        from accounts.workspaces import letters as invitations  # noqa: F401
        from core.keys import use_source

        use_source(StoredKeys())
        post_migrate.connect(after_migrate, sender=self)
        hooks.connect()
        sign_in_limits.connect()
        input_signals.connect()
