"""The fuzzer, which a person starts: its targets run, and take each seed as it is."""

from __future__ import annotations

import pytest
from doors import DOORS
from mutations import SEEDS
from targets import READERS


@pytest.mark.parametrize("target", [*READERS, *DOORS], ids=lambda target: target.__name__)
@pytest.mark.slow
def test_a_target_takes_each_seed(target):
    """No reader and no command raises anything but the errors that it names."""
    for data in SEEDS:
        target(data)
