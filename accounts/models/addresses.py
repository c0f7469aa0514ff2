"""Networks that may, or may not, use the site."""

from ipaddress import ip_network

from django.core.exceptions import ValidationError
from django.db import models


def check_network(text: str) -> None:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValidationError(
            "Give an address or a network, as 192.0.2.7 or 192.0.2.0/24.",
            code="network",
        ) from None


class AddressRule(models.Model):
    """With any rule that allows, only those networks may call. What is denied may not
    in any case."""

    class Verdict(models.TextChoices):
        ALLOW = "allow"
        DENY = "deny"

    id = models.BigAutoField(primary_key=True)
    network = models.CharField(max_length=49, unique=True, validators=[check_network])
    verdict = models.CharField(max_length=5, choices=Verdict.choices)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("network",)

    def __str__(self) -> str:
        return f"{self.verdict} {self.network}"
