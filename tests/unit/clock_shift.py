# SPDX-License-Identifier: ISC
"""The clocks of a test's processes, by the library of clock_shift.c."""

import os
import shutil
import struct

SHIM = os.environ.get("CLOCK_SHIFT_SO", "tests/unit/.libs/clock_shift.so")


class Clock:
    """The clocks of a site's processes, to be set at any time."""

    def __init__(self, site):
        self.path = site.folder / "shift"
        library = site.folder / "clock_shift.so"
        shutil.copy(SHIM, library)
        self.set()
        site.environment = {
            "LD_PRELOAD": str(library), "CLOCK_SHIFT": str(self.path),
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

    def set(self, wall=0, passed=0, slept=0):
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("qqq", wall, passed, slept))
        self.path.chmod(0o644)
