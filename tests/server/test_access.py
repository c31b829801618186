"""Who may ask; what counts as somebody at work."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jupyter_server.auth import Authorizer

PATHS = ["status", "changes", "capabilities", "executions", "results", "results/latest", "runs",
         "runs/base", "lineage", "reports", "reports/latest", "stale", "readings/why",
         "nothing"]  # fmt: skip


class ReadersOnly(Authorizer):
    """Lets everybody read, nobody write, and remembers what was asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 - of one test

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action == "read"


@pytest.fixture
def fetch(http_server_client, jp_base_url):
    """Ask without the token that `jp_fetch` adds."""

    async def plain(path: str, **options: Any) -> Any:
        return await http_server_client.fetch(f"{jp_base_url}{path}", raise_error=False, **options)

    return plain


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_said_without_a_token(fetch, jp_serverapp, trail, path) -> None:
    for headers in ({}, {"Authorization": "token wrong"}):
        response = await fetch(f"celltrail/{path}", headers=headers)
        reply = json.loads(response.body)

        assert response.code == 403
        assert (reply["reason"], reply["code"]) == ("forbidden", "http-403")
        assert reply.keys() == {"message", "reason", "code", "hint"}


async def test_nothing_is_written_without_a_token(fetch, jp_serverapp, trail) -> None:
    response = await fetch("celltrail/runs/base", method="PATCH", body='{"star": true}')

    assert response.code == 403
    assert trail.connection.execute("SELECT count(*) FROM tag").fetchone() == (0,)


async def test_a_browser_writes_only_with_its_xsrf_token(fetch, jp_serverapp, trail) -> None:
    page = await fetch("login")
    token = page.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    cookies = [f"_xsrf={token}"]
    form = f"_xsrf={token}&password={jp_serverapp.identity_provider.token}"
    entered = await fetch("login", method="POST", body=form, follow_redirects=False,
                          headers={"Cookie": cookies[0]})  # fmt: skip
    cookies += [re.split(";", one)[0] for one in entered.headers.get_list("Set-Cookie")]
    cookie = "; ".join(dict.fromkeys(cookies))
    without = await fetch("celltrail/runs/base", method="PATCH", body='{"star": true}',
                          headers={"Cookie": cookie})  # fmt: skip
    with_it = await fetch("celltrail/runs/base", method="PATCH", body='{"star": true}',
                          headers={"Cookie": cookie, "X-XSRFToken": token})  # fmt: skip

    assert without.code == 403
    assert json.loads(without.body)["reason"] == "forbidden"
    assert (with_it.code, json.loads(with_it.body)["is_starred"]) == (200, True)


async def test_another_site_is_refused(ask, fetch, jp_serverapp, trail) -> None:
    response = await fetch("celltrail/results", headers={"Origin": "http://elsewhere.example"})

    assert response.code in (403, 404)
    assert "results" not in json.loads(response.body)


class TestWithAnAuthorizer:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        ReadersOnly.asked.clear()
        return {"ServerApp": {"jpserver_extensions": {"celltrail": True},
                              "authorizer_class": ReadersOnly}}  # fmt: skip

    async def test_one_resource_name_stands_for_all_routes(self, ask, trail) -> None:
        for path in PATHS:
            await ask(*path.split("/"))
        reply = await ask("runs", "base", method="PATCH", body={"star": True})

        assert {*ReadersOnly.asked} == {("read", "celltrail"), ("write", "celltrail")}
        assert (reply.status, reply.json["reason"]) == (403, "forbidden")


async def test_polling_is_no_sign_of_somebody_at_work(ask, jp_serverapp, trail) -> None:
    settings = jp_serverapp.web_app.settings
    before = settings.get("api_last_activity")
    for _ in range(3):
        await ask("changes", since=0, notebook="work.ipynb")
    await ask("changes", since="x")
    await ask("status")
    await ask("results", no_track_activity=1)
    polled = settings.get("api_last_activity")
    await ask("results")

    assert polled == before
    assert settings["api_last_activity"] != before


async def test_the_server_that_has_the_routes_says_which_they_are(ask, jp_serverapp) -> None:
    assert jp_serverapp.extension_manager.extensions["celltrail"].enabled
    assert (await ask("status")).json["api"] == 1
