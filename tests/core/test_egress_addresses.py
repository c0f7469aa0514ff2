"""The table of closed addresses, against what Python and the registries say."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from core.egress.addresses import why_closed

V4 = st.ip_addresses(v=4)
ALSO_CLOSED_BY_US = {"cloud metadata", "reserved"}


@given(V4)
def test_what_python_takes_for_private_is_closed(address: IPv4Address):
    if not address.is_global or address.is_multicast:
        assert why_closed(address) is not None


@given(V4)
def test_nothing_else_is_closed_without_need(address: IPv4Address):
    if address.is_global and not address.is_multicast:
        assert why_closed(address) in {None, *ALSO_CLOSED_BY_US}


@given(V4, st.integers(0, 2**80 - 1))
def test_a_carried_address_is_judged_like_itself(inner: IPv4Address, rest: int):
    carriers = (
        IPv6Address(f"::ffff:{inner}"),
        IPv6Address(f"64:ff9b::{inner}"),
        IPv6Address((0x2002 << 112) | (int(inner) << 80) | rest),
    )
    for carrier in carriers:
        assert why_closed(carrier) == why_closed(inner)


@given(V4, V4)
def test_both_ends_of_a_teredo_address_are_judged(server: IPv4Address, to: IPv4Address):
    hidden = int(to) ^ 0xFFFF_FFFF
    teredo = IPv6Address((0x2001_0000 << 96) | (int(server) << 64) | hidden)
    both_open = why_closed(server) is None and why_closed(to) is None
    assert (why_closed(teredo) is None) == both_open


@given(st.ip_addresses(v=6))
def test_no_private_v6_address_is_open(address: IPv6Address):
    if address.is_private or address.is_multicast or address.is_link_local:
        assert why_closed(address) is not None
