"""The fleet that a Prometheus tells of: which question is due, and which machines were there
before.

A look is one question. Once a minute, a second one asks which GPUs there are and who uses them;
more rarely, a third one asks which exporters there are.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from trackio_view.model.fleet import FleetHost, FleetSampled
from trackio_view.model.gpu import Absence, GpuSample, GpusRemembered, GpusSampled
from trackio_view.model.natural_order import natural_order
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus import queries
from trackio_view.sources.prometheus.answers import Answered
from trackio_view.sources.prometheus.api import Prometheus
from trackio_view.sources.prometheus.families import (
    FAMILIES,
    FoundFamily,
    found_families,
    meanings,
)
from trackio_view.sources.prometheus.hosts import hosts_of, lost_hosts, samples_over_time
from trackio_view.sources.prometheus.identities import GpuKey, Identities
from trackio_view.sources.prometheus.readings import AnsweredReadings, readings

DISCOVERY_SECONDS = 300.0
IDENTITY_SECONDS = 60.0
HISTORY_SECONDS = 3_600.0
HISTORY_STEP = 30.0
_MOST_HOSTS = 20_000
_LEAST_AHEAD = 30.0
"""Seconds by which two clocks have to differ. A slow answer looks like a smaller difference."""


@dataclass(slots=True)
class Fleet:
    """Every machine that a Prometheus told of, with its newest readings."""

    prometheus: Prometheus
    wall_clock: Callable[[], float] = time.time
    """This machine's time in epoch seconds: the age of readings is measured by it, whatever the
    server's clock shows."""
    match: str = ""
    """The matchers of PromQL that select the fleet's series."""
    hosts: dict[str, FleetHost] = field(default_factory=dict)
    _found: list[FoundFamily] = field(default_factory=list)
    _identities: Identities = field(default_factory=Identities)
    _discovered: float = -math.inf
    _identified: float = -math.inf
    _has_looked: bool = False
    _ahead: float = 0.0
    """Seconds by which the server's clock is ahead of this machine's."""
    _strangers: Set[GpuKey] = frozenset()
    """GPUs with numbers, but without an identity yet."""
    _looks: deque[list[FleetHost]] = field(default_factory=deque)
    """The machines of the last looks. A screen may still show those of the last look but one."""

    def look(self, now: float) -> FleetSampled:
        """Return the fleet as it is now. Raises PrometheusFault.

        `now` is in seconds of a clock that only goes forward.
        """
        self._let_go()
        if now - self._discovered >= (DISCOVERY_SECONDS if self._found else IDENTITY_SECONDS):
            anchors = self.prometheus.now(queries.discovery(self.match)).series
            names = (one.labels.get(queries.NAME, "") for one in anchors)
            found = found_families(name for name in names if queries.is_metric_name(name))
            if found != self._found:
                self._found, self._identified = found, -math.inf
            self._discovered = now
        if not self._found:
            self._miss(set(), math.nan)
            return self._sampled(Answered([]))
        if now - self._identified >= IDENTITY_SECONDS:
            self._identify(now)
        answer = self.prometheus.now(queries.numbers(self._found, match=self.match))
        asked = max((one.time for one in answer.series), default=math.nan)
        self._compare_clocks(asked)
        told = readings(answer.series, meanings(self._found, details=False))
        KEYS_FIRST.let_go(answer.series)
        if not told.values.keys() - self._identities.gpus.keys() <= self._strangers:
            # Otherwise a new GPU would be listed under its address, and stay there.
            if now != self._identified:
                self._identify(now)
            self._ask_for_strangers(told)
        hosts = hosts_of(told, self._identities, asked)[:_MOST_HOSTS]
        if not self._has_looked:
            self._remember_lost({host.name for host in hosts})
        gone = {name for name, host in self.hosts.items() if host.down_since is None}
        gone -= {host.name for host in hosts}
        if gone and now != self._identified:
            # Whether the targets are still asked.
            self._identify(now)
            self._ask_for_strangers(told)
            hosts = hosts_of(told, self._identities, asked)[:_MOST_HOSTS]
        for host in hosts:
            KEYS_FIRST.give_way()
            self.hosts[host.name] = _with_lost_gpus(host, self.hosts.get(host.name))
        self._miss({host.name for host in hosts}, asked)
        self._has_looked = True
        return self._sampled(answer)

    def look_at(self, host: str) -> GpusSampled | None:
        """Return all readings of one machine's GPUs; `None` without any.

        Raises PrometheusFault.
        """
        known = self.hosts.get(host)
        if known is None or not self._found:
            return None
        answer = self.prometheus.now(queries.numbers(self._found, known.instances, self.match))
        told = readings(answer.series, meanings(self._found, details=True))
        return next(
            (
                GpusSampled(one.samples, (), host, 0.0)
                for one in hosts_of(told, self._identities, known.time)
                if one.name == host
            ),
            None,
        )

    def history(self, host: str) -> GpusRemembered | None:
        """Return the readings of a machine's GPUs over the last hour; `None` without any.

        Raises PrometheusFault.
        """
        known = self.hosts.get(host)
        if known is None or not self._found or not math.isfinite(known.time):
            return None
        query = queries.history(self._found, known.instances, self.match)
        # The history ends with the reading on screen, which comes again as the first new one.
        end = round(known.time, 3)
        answer = self.prometheus.over_time(query, end - HISTORY_SECONDS, end, HISTORY_STEP)
        told = samples_over_time(answer.series, self._found, self._identities)
        moments = tuple(GpusSampled(one.samples, (), host, 0.0) for one in told if one.name == host)
        return GpusRemembered(host, moments) if moments else None

    def _identify(self, now: float) -> None:
        self._identities.take_targets(self.prometheus.now(queries.targets()).series)
        told = self.prometheus.now(queries.identities(self._found, self.match)).series
        named_clusters = self._identities.names_clusters
        self._identities.take_gpus(told, self._found)
        if self._identities.names_clusters != named_clusters:
            # The names of machines have or lack their cluster now, so that all of them are new.
            self.hosts.clear()
            self._has_looked = False
        self._identified = now

    def _ask_for_strangers(self, told: AnsweredReadings) -> None:
        """Ask which GPUs those are that their exporter's anchor does not tell of."""
        strangers = told.values.keys() - self._identities.gpus.keys()
        if strangers:
            instances = sorted({key.target.instance for key in strangers})
            query = queries.identities_without_anchor(self._found, instances, self.match)
            self._identities.add_gpus(self.prometheus.now(query).series, self._found)
        self._strangers = strangers - self._identities.gpus.keys()

    def _remember_lost(self, told: set[str]) -> None:
        """Learn which machines told of GPUs in the last hour, before the first look."""
        lost = self.prometheus.now(queries.lost(self._found, self.match)).series
        for host in lost_hosts(lost, self._found, self._identities):
            if host.name not in told:
                self.hosts.setdefault(host.name, host)

    def _miss(self, told: set[str], asked: float) -> None:
        """Mark the machines without a reading: they are down since their last one."""
        asked_for = {target.instance for target in self._identities.up}
        for name, host in self.hosts.items():
            if name in told:
                continue
            listed = not asked_for.isdisjoint(host.instances)
            since = host.time if host.down_since is None else host.down_since
            since = since if math.isfinite(since) else asked
            self.hosts[name] = host._replace(down_since=since, is_listed=listed)

    def _compare_clocks(self, asked: float) -> None:
        """Take in what the server's clock showed just now, NaN where it did not tell."""
        ahead = asked - self.wall_clock()
        # A small change is another delay of the answer: times on screen would flicker.
        if abs(ahead - self._ahead) >= _LEAST_AHEAD:
            self._ahead = ahead if abs(ahead) >= _LEAST_AHEAD else 0.0

    def _let_go(self) -> None:
        """Free what no screen shows any more: here it takes no time of a frame."""
        while len(self._looks) > 1:
            KEYS_FIRST.let_go(self._looks.popleft())

    def _sampled(self, answer: Answered) -> FleetSampled:
        told_of = sorted(self.hosts.values(), key=lambda host: natural_order(host.name))
        hosts = [_by_our_clock(host, self._ahead) for host in told_of] if self._ahead else told_of
        families = tuple(dict.fromkeys(one.family.name for one in self._found))
        report = "" if hosts else _report(self._found)
        source = self.prometheus.address.shown
        now = self.wall_clock()
        told = (report, answer.warning, answer.info)
        sampled = FleetSampled(source, tuple(hosts), families, now, *told)
        for host in hosts:
            KEYS_FIRST.give_way()
            host.prepare()
        sampled.prepare()
        self._looks.append(hosts)
        return sampled


def _report(found: Sequence[FoundFamily]) -> str:
    if found:
        names = ", ".join(one.family.name for one in found)
        return f"It knows of {names}, and has no numbers of a GPU now."
    names = ", ".join(family.name for family in FAMILIES)
    return f"It has no numbers of a GPU: looked for were those of {names}."


def _by_our_clock(host: FleetHost, ahead: float) -> FleetHost:
    """Return a machine with the times of this machine's clock."""
    down = host.down_since
    return host._replace(time=host.time - ahead, down_since=None if down is None else down - ahead)


def _with_lost_gpus(host: FleetHost, before: FleetHost | None) -> FleetHost:
    """Return a machine together with its GPUs that are no longer told of, marked.

    A person has to see a GPU that fell off its bus. A partition is no loss: its GPU, which is told
    of with all of its partitions, may have been divided anew.
    """
    if before is None:
        return host
    told = {sample.identity.key for sample in host.samples}
    lost = [
        _lost(sample)
        for sample in before.samples
        if sample.identity.key not in told and sample.identity.parent is None
    ]
    if not lost:
        return host
    places: Mapping[str, int] = {
        sample.identity.key: place for place, sample in enumerate(before.samples)
    }
    samples = sorted(
        (*host.samples, *lost), key=lambda sample: places.get(sample.identity.key, len(places))
    )
    return host._replace(samples=tuple(samples))


def _lost(sample: GpuSample) -> GpuSample:
    if sample.state is Absence.LOST:
        return sample
    return sample.unanswered(Absence.LOST, "no longer reported")
