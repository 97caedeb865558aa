"""What a measured process prints at its end. Standard library only: peers run it as well."""

import json
import resource
import time
from pathlib import Path


def peak_mb(process: int | str = "self") -> float:
    """Peak memory of this process or another; getrusage also counts its parent before it began."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def report(begun: float, **more: float) -> None:
    """Seconds since `begun`, of the processor in all, and peak memory in MB."""
    told = {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time(),
        "peak_mb": peak_mb(),
    }
    print(json.dumps(told | more))
