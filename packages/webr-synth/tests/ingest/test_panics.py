from __future__ import annotations

import pytest

from webr_synth.ingest.panics import is_panic, reraise_unless_panic

PanicException = type("PanicException", (BaseException,), {})


def test_panics_and_errors_are_faults_and_ctrl_c_is_not():
    assert is_panic(PanicException())
    assert not is_panic(ValueError())
    reraise_unless_panic(PanicException())
    reraise_unless_panic(ValueError())
    for error in (KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(error):
            reraise_unless_panic(error())
