"""What a result came from."""

from __future__ import annotations

import pytest
from trail_rows import Trail, metric, param

from celltrail.core.errors import NotFound
from celltrail.lineage.closure import closure, graph


@pytest.fixture
def trail() -> Trail:
    """Read, noise that nobody used, clean (in place), fit, evaluate."""
    trail = Trail()
    read = trail.execute(
        "df = read()", uses={"x.csv": (None, 1, "file")}, makes={"df": (1, "frame")}
    )
    trail.execute("noise = 1", makes={"noise": (1, "scalar"), "more": (1, "scalar")})
    before, after = trail.entity("df", 1, "frame"), trail.entity("df", 2, "frame")
    clean = trail.execute(
        "df.dropna(inplace=True)",
        uses={"df": (read, 1, "frame")},
        makes={"df": (2, "frame")},
        derived=[(after, before)],
        unseeded=["numpy"],
    )
    fit = trail.execute(
        "model.fit(df)",
        uses={"df": (clean, 2, "frame")},
        params=[param("C", 1, "model")],
        makes={"model": (1, "estimator"), "unused": (1, "scalar")},
    )
    trail.execute("score()", uses={"model": (fit, 1, "estimator")}, metrics=[metric("acc", 0.9)],
                  makes={"acc": (0.9, "scalar")}, environment="env")  # fmt: skip
    return trail


def test_a_closure_holds_what_was_upstream_in_true_order(trail: Trail) -> None:
    found = closure(trail.connection, 1)

    assert [execution.code for execution in found.executions] == [
        "df = read()", "df.dropna(inplace=True)", "model.fit(df)", "score()"
    ]  # fmt: skip
    assert found.params == {"C": 1}
    assert {item.name for item in found.data} == {"x.csv", "df"}
    assert found.unseeded == ("numpy",)
    assert found.environment is not None


def test_a_graph_has_every_edge_with_its_evidence_and_no_loose_end(trail: Trail) -> None:
    found = graph(trail.connection, [5])
    nodes = {node["id"]: node for node in found.nodes}
    kinds = [edge["kind"] for edge in found.edges]

    assert kinds.count("used") == 4
    assert kinds.count("derived") == 1
    assert {edge["name"] for edge in found.edges if edge["kind"] == "generated"} == {
        "df",
        "model",
        "acc",
    }
    assert all(edge["evidence"] for edge in found.edges)
    assert all(edge["source"] in nodes and edge["target"] in nodes for edge in found.edges)
    frames = [node for node in found.nodes if node.get("kind") == "frame"]
    assert all(node["digest"].startswith("ct1:") and node["shape"] == (3, 2) for node in frames)


def test_a_graph_of_several_executions_is_their_union(trail: Trail) -> None:
    both = graph(trail.connection, [2, 5])

    assert {node["name"] for node in both.nodes if node["node"] == "entity"} >= {"noise", "df"}
    assert sum(node["node"] == "execution" for node in both.nodes) == 5


def test_a_circle_of_edges_ends(trail: Trail) -> None:
    """Merged stores of a clock that went back could hold one."""
    trail.connection.execute("INSERT INTO used VALUES (1, 'back', 1, 5, 'static', NULL)")

    assert len(closure(trail.connection, 1).executions) == 4
    assert len(graph(trail.connection, [1]).nodes) > 4


def test_a_missing_result_is_not_found(trail: Trail) -> None:
    with pytest.raises(NotFound):
        closure(trail.connection, 99)
