"""Which processes take part in the measurement of branches.

Those of pytest do, the servers that all tests of a session share, and some commands and servers
more. Any other that a test starts would take twice as long to start, and shows little that these
do not.
"""

import os

_START = "COVERAGE_PROCESS_START"  # what has a process of Python measure itself
# What the environment of a measured process has besides: nothing where nobody measures.
MEASURED = {name: os.environ[name] for name in (_START,) if name in os.environ}
if "PYTEST_XDIST_WORKER" in os.environ:  # the process that starts these has to keep it
    os.environ.pop(_START, None)

# What code begins with whose process is measured, but not those that it starts.
ALONE = f"import os; os.environ.pop({_START!r}, None); "
