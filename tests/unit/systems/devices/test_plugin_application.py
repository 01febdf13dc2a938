"""The process of the device plugin: it ends when a signal says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from tests.project import ROOT

ENDED_OFTEN = """
    import os
    import signal
    import sys
    import threading
    from pathlib import Path
    from unittest.mock import Mock

    from maidenhair.systems.devices.plugin import application

    for name in ("OfferSource", "DevicePlugin", "Kubelet", "SharedNode"):
        setattr(application, name, Mock())
    application.FILES_FOLDER = Path(sys.argv[1])
    application.CHECK_SECONDS = 0.0

    for _ in range(300):
        checked = threading.Event()
        application.Kubelet.return_value.keep_registered.side_effect = checked.set

        def end() -> None:
            checked.wait()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=end).start()
        application.run(Mock(), Mock())
    print("ended each time")
"""


def test_a_signal_ends_the_plugin_whatever_it_does_at_that_moment(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", dedent(ENDED_OFTEN), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ended.stdout == "ended each time\n", ended.stderr
