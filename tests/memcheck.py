# SPDX-License-Identifier: BSD-2-Clause
"""How valgrind is run: what it says of memory that is used as it must not be, or
is lost for good, is an error.  And how its report is known, and a sanitizer's."""
import os, re

MEMCHECK = ("valgrind -q --vgdb=no --fair-sched=yes --leak-check=full --show-leak-kinds=definite "
            "--errors-for-leak-kinds=definite --error-exitcode=9").split()
MEMCHECK.append("--suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "libnbd.supp"))
REPORT = re.compile(r"(ERROR|SUMMARY): \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|valgrind has")
