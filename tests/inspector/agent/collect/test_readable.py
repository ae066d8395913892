"""What can be read is found among descriptors of any number."""

from __future__ import annotations

import fcntl
import os
import resource

from inspector.agent.collect.readable import readable


def test_a_descriptor_beyond_those_of_select_is_waited_for() -> None:
    inlet, outlet = os.pipe()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 5000), most))
    high = fcntl.fcntl(inlet, fcntl.F_DUPFD_CLOEXEC, 2000)
    try:
        assert readable([high], 0) == set()
        os.write(outlet, b"x")
        assert readable([high, outlet], 60) == {high}
        os.close(outlet)
    finally:
        os.close(high)
        os.close(inlet)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
