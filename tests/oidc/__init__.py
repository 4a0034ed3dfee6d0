"""A real OpenID provider (npm's `oidc-provider`, certified), started by the tests on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

HERE = Path(__file__).parent
SECRET = "a secret of the tests"


def absent(reason: str) -> None:
    """Skip, saying why; on a build server a missing part is a failure, never a skip."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Provider:
    """The provider as it runs."""

    issuer: str

    def sign_in(self, url: str, login: str, back: str) -> str:
        """Walk through its pages as somebody, from the address that we send him to: the address that he is sent back to."""
        with httpx.Client(timeout=20) as browser:
            answer = browser.get(url)
            for _ in range(12):
                while answer.is_redirect:
                    target = urljoin(str(answer.url), answer.headers["location"])
                    if target.startswith(back):
                        return target
                    answer = browser.get(target)
                assert answer.status_code == 200, answer.text
                action = re.search(r'action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert action, answer.text
                assert prompt, answer.text
                sent = {"prompt": prompt[1], "login": login, "password": "any"}
                answer = browser.post(urljoin(str(answer.url), action[1]), data=sent)
        raise AssertionError("no way back")


@contextmanager
def running(redirects: list[str], people: Mapping[str, Mapping[str, Any]]) -> Iterator[Provider]:
    """Start the provider for people by login, with addresses that it may send them back to. Installs it where it is not."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        absent("no Node.js: install nodejs and npm to test sign-in at a provider")
        raise AssertionError
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=300)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"PORT": str(port), "REDIRECT": " ".join(redirects), "SECRET": SECRET, "PEOPLE": json.dumps(people)}
    process = subprocess.Popen(
        [node, "provider.mjs"], cwd=HERE, env={**os.environ, **given}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield Provider(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait(10)
