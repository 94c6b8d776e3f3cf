"""An `ssh` that leads to a machine of the tests."""

from __future__ import annotations

from tests.ssh_servers import RealSsh, StubSsh, real_ssh, stub_ssh

__all__ = ["RealSsh", "StubSsh", "real_ssh", "stub_ssh"]
