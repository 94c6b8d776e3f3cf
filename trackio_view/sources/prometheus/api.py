"""Asks one Prometheus, or what answers like one: a question in, an answer or a fault out."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from trackio_view.sources.http.addresses import ServerAddress, headers_for, secret_for
from trackio_view.sources.http.http_client import WHOLE_SECONDS, HttpClient
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus import faults
from trackio_view.sources.prometheus.answers import Answered, Unanswered, parsed
from trackio_view.sources.prometheus.decoding import decoded
from trackio_view.sources.prometheus.faults import (
    HEADERS_FILE_VARIABLE,
    HEADERS_VARIABLE,
    TOKEN_FILE_VARIABLE,
    TOKEN_VARIABLE,
    another_program,
    refused,
)


class Prometheus:
    """A server that answers questions in PromQL."""

    def __init__(
        self,
        address: ServerAddress,
        environment: Mapping[str, str] | None = None,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self.address = address
        variables = os.environ if environment is None else environment
        self.client = HttpClient(
            address,
            faults,
            authorization=_authorization(address, variables),
            # One of them may name a tenant (Mimir's X-Scope-OrgID).
            headers=headers_for(address, HEADERS_VARIABLE, HEADERS_FILE_VARIABLE, variables),
            whole_seconds=whole_seconds,
            decode=decoded,
        )

    def now(self, query: str) -> Answered:
        """Return the answer to a question at this moment. Raises PrometheusFault."""
        return self._asked("api/v1/query", {"query": query})

    def over_time(self, query: str, start: float, end: float, step: float) -> Answered:
        """Return the answers from `start` to `end`, in epoch seconds, one each `step` seconds.

        Raises PrometheusFault.
        """
        stretch = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return self._asked("api/v1/query_range", {"query": query, **stretch})

    def _asked(self, path: str, fields: Mapping[str, str]) -> Answered:
        answer: Any = self.client.post_form(path, fields)
        try:
            found = parsed(answer)
            KEYS_FIRST.let_go(answer["data"]["result"])
            hidden = self.client.without_secret
            return found._replace(warning=hidden(found.warning), info=hidden(found.info))
        except Unanswered as fault:
            said = self.client.without_secret(str(fault))
        # It is raised here, so that it keeps no frame with the text that was read.
        raise refused(self.address, said) if said else another_program(self.address)


def _authorization(address: ServerAddress, environment: Mapping[str, str]) -> str | None:
    """Return the header that lets us in: a token's, or a name's and password's with a colon."""
    secret = secret_for(address, TOKEN_VARIABLE, TOKEN_FILE_VARIABLE, environment)
    if secret is None:
        return None
    # RFC 6750 has no colon in a token.
    if ":" in secret:
        return f"Basic {base64.b64encode(secret.encode('ascii')).decode('ascii')}"
    return f"Bearer {secret}"
