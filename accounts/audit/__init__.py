"""The audit log: who did what, when and from where, in a chain nobody can bend."""

from accounts.audit.records import Deed, record, record_all

__all__ = ["Deed", "record", "record_all"]
