"""What detect_anomaly() says of an action, and the line it says so of."""

import inspect
import re


def line_of_caller():
    return inspect.currentframe().f_back.f_lineno


def anomaly_of(ag, action):
    """The message of the AnomalyError that an action raises inside detect_anomaly(), without the source line that it quotes (a
    line of these tests, which holds the very words they look for); None where it raises none."""
    try:
        with ag.detect_anomaly():
            action()
    except ag.AnomalyError as error:
        return re.sub(r"( line \d+): .*", r"\1", str(error))
    return None
