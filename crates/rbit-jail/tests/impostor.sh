#!/bin/sh
# A child that another program has taken over, for the tests of its parent. It says what lies in files beside the link that it is
# started by: `hello` when it has heard the first frame, `speech` when it has heard the second. Then it listens, and does nothing.
here=$(dirname "$0")
dd bs=1048576 count=1 >/dev/null 2>&1
cat "$here/hello" >&0
dd bs=1048576 count=1 >/dev/null 2>&1
cat "$here/speech" >&0
cat >/dev/null
