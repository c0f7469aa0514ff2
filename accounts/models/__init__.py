"""The tables of accounts."""

from accounts.models.addresses import AddressRule
from accounts.models.audit import AuditDraft, AuditEvent, AuditHead
from accounts.models.credentials import Credential
from accounts.models.keys import DataKey
from accounts.models.people import (
    ApiKey,
    Invitation,
    Share,
    User,
    UserManager,
    Workspace,
    WorkspaceMember,
)
from accounts.models.sign_in import (
    BrowserSession,
    Identity,
    MailedToken,
    MailOrder,
    ProgramSession,
    RecoveryCode,
    SecondFactor,
)

__all__ = [
    "AddressRule",
    "ApiKey",
    "AuditDraft",
    "AuditEvent",
    "AuditHead",
    "BrowserSession",
    "Credential",
    "DataKey",
    "Identity",
    "Invitation",
    "MailOrder",
    "MailedToken",
    "ProgramSession",
    "RecoveryCode",
    "SecondFactor",
    "Share",
    "User",
    "UserManager",
    "Workspace",
    "WorkspaceMember",
]
