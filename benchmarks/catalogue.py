"""All figures, in the order in which they are taken."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from benchmarks.figures import (
    Measure,
    backlog,
    big_graph,
    crash,
    embedded,
    http,
    library,
    live,
    sharing,
    signing_in,
    stored,
    waiting,
)


class Group(NamedTuple):
    """Figures that are taken together."""

    measure: Measure
    figures: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.figures[0]


GROUPS: Final = (
    Group(
        backlog.beside_anchors,
        (
            "backlog_3_per_s",
            "backlog_10_per_s",
            "celery_noop_per_s",
            "copy_ceiling_per_s",
            "backlog_3_worker_cpu_ms",
            "backlog_3_database_cpu_ms",
        ),
    ),
    Group(
        http.three_nodes,
        (
            "celery_result_c8_per_s",
            "http_3_c8_per_s",
            "http_3_c8_p95_ms",
            "http_3_c1_p50_ms",
            "http_3_web_cpu_ms",
            "http_3_worker_cpu_ms",
            "http_3_database_cpu_ms",
        ),
    ),
    Group(http.ten_nodes, ("http_10_c8_per_s",)),
    Group(http.fan_out, ("fanout_100_per_s",)),
    Group(waiting.two_hundred, ("wait_200_s", "wait_200_mib", "wait_200_queued_s")),
    Group(waiting.thousand, ("wait_1000_s", "wait_1000_mib")),
    Group(
        big_graph.thousands,
        ("graph_10k_s", "graph_1k_s", "graph_10k_to_1k", "graph_10k_first_s"),
    ),
    Group(
        live.two_hundred_sockets,
        ("ws_p95_ms", "ws_p50_ms", "ws_events_per_s", "ws_burst_p95_ms"),
    ),
    Group(
        crash.another_alive,
        ("kill9_recovery_p95_s", "kill9_recovery_max_s", "kill9_completed"),
    ),
    Group(crash.restarted, ("kill9_restart_recovery_p95_s", "kill9_restart_completed")),
    Group(backlog.durability, ("barrier_per_s", "writebehind_per_s")),
    Group(
        stored.workers,
        ("workers_1_per_s", "workers_2_per_s", "workers_4_per_s"),
    ),
    Group(
        stored.drains,
        ("stored_1m_per_s", "stored_100k_per_s", "stored_10k_per_s"),
    ),
    Group(
        stored.list_of_a_million,
        ("list_1m_p95_ms", "list_1m_p50_ms", "list_1m_by_trigger_p95_ms"),
    ),
    Group(
        sharing.waiters,
        ("waiters_300_list_p95_ms", "waiters_0_list_p95_ms"),
    ),
    Group(
        sharing.fairness,
        ("fairness_added_s", "fairness_short_added_s", "fairness_waiting_added_s"),
    ),
    Group(signing_in.costs, ("auth_key_cpu_ms", "auth_jwt_cpu_ms")),
    Group(
        library.costs,
        ("items_100k_mib", "items_100k_s", "blocks_list_p95_ms", "worker_import_s"),
    ),
    Group(embedded.make_run, ("ready_s", "idle_mib")),
)


def chosen(names: Iterable[str]) -> list[Group]:
    """The groups that take these figures, each once; all, if nothing is asked."""
    asked = set(names)
    return [group for group in GROUPS if not asked or asked & set(group.figures)]
