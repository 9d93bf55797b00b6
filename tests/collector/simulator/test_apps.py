import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, GithubIntegration

from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from tests.collector.simulator.conftest import NOW

START = 1_700_000_000.0


class Wall:
    """A clock that is set by hand."""

    second = START

    def __call__(self) -> float:
        return self.second


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def server(wall: Wall) -> Iterator[Simulator]:
    with Simulator(
        scale=0.001, seed=3, now=NOW, wall_clock=wall, limits=Limits(installation_core=3)
    ) as running:
        yield running


def _part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def jwt(algorithm: str = "RS256", **claims: Any) -> str:
    said = {"iat": START - 60, "exp": START + 540, "iss": "1", **claims}
    return f"{_part({'alg': algorithm, 'typ': 'JWT'})}.{_part(said)}.c2lnbmF0dXJl"


def ask(server: Simulator, path: str, token: str, method: str = "GET") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, server.url + path, headers=headers, timeout=10)


def token_of(server: Simulator, installation: int = 1) -> str:
    answer = ask(server, f"/app/installations/{installation}/access_tokens", jwt(), "POST")
    assert answer.status_code == 201
    return str(answer.json()["token"])


def test_an_installation_gets_a_token_that_works_for_an_hour(server: Simulator, wall: Wall) -> None:
    answer = ask(server, "/app/installations/1/access_tokens", jwt(), "POST").json()
    assert answer["expires_at"] == "2023-11-14T23:13:20Z"  # START and an hour
    assert ask(server, "/repos/tensorflow/tensorflow", answer["token"]).status_code == 200
    wall.second += 3599
    assert ask(server, "/rate_limit", answer["token"]).status_code == 200
    wall.second += 1
    refused = ask(server, "/rate_limit", answer["token"])
    assert (refused.status_code, refused.json()["message"]) == (401, "Bad credentials")


def test_an_installations_tokens_share_one_budget(server: Simulator) -> None:
    one, two, other = token_of(server), token_of(server), token_of(server, 2)
    assert one != two
    statuses = [ask(server, "/meta", token).status_code for token in (one, two, one, two)]
    assert statuses == [200, 200, 200, 403]
    assert ask(server, "/meta", other).status_code == 200


def test_installations_are_found_by_owner_and_repository(server: Simulator) -> None:
    listed = ask(server, "/app/installations", jwt()).json()
    owners = {each["account"]["login"]: each["id"] for each in listed}
    for path in ("/orgs/keras-team/installation", "/repos/keras-team/keras/installation"):
        assert ask(server, path, jwt()).json()["id"] == owners["keras-team"]
    assert ask(server, "/app", jwt()).json()["installations_count"] == len(listed)
    assert ask(server, "/app/installations/999", jwt()).status_code == 404
    assert ask(server, "/app/installations/999/access_tokens", jwt(), "POST").status_code == 404
    found = ask(server, "/installation/repositories?per_page=100", token_of(server)).json()
    names = [each["full_name"] for each in found["repositories"]]
    assert "tensorflow/tensorflow" in names
    assert all(name.startswith("tensorflow/") for name in names)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("not-a-token", "could not be decoded"),
        ("a.b.c", "could not be decoded"),
        (jwt("none"), "could not be decoded"),
        (jwt(exp=START - 1), "must be a numeric value representing the future time"),
        (jwt(exp="soon"), "must be a numeric value representing the future time"),
        (jwt(exp=START + 3600), "is too far in the future"),
        (jwt(iat=START + 300), "'Issued at' claim"),
        (jwt(iss=""), "'Issuer' claim"),
    ],
)
def test_a_json_web_token_must_have_its_shape(server: Simulator, token: str, words: str) -> None:
    answer = ask(server, "/app", token)
    assert answer.status_code == 401
    assert words in answer.json()["message"]


def test_a_json_web_token_opens_nothing_else(server: Simulator) -> None:
    for token in (jwt(), "ghs_neverIssued"):
        refused = ask(server, "/meta", token)
        assert (refused.status_code, refused.json()["message"]) == (401, "Bad credentials")
    assert ask(server, "/user", token_of(server)).status_code == 403


def test_pygithub_gets_its_token(server: Simulator) -> None:
    with Simulator(scale=0.001, seed=3, now=NOW) as real_time:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
        integration = GithubIntegration(auth=Auth.AppAuth(1, pem), base_url=real_time.url)
        github = integration.get_github_for_installation(1)
        assert github.get_repo("tensorflow/tensorflow").full_name == "tensorflow/tensorflow"
        assert integration.get_org_installation("keras-team").id == 2
        integration.close()
        github.close()
