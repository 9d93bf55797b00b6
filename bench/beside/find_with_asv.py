"""asv's step detector over the series of standard input; run by the Python of its own environment.

A line in is a JSON list of values, a line out {"steps": [first index after each step], "seconds": spent}.
"""

import json
import sys
import time

from asv.step_detect import detect_steps

for line in sys.stdin:
    values = json.loads(line)
    began = time.process_time()
    found = [int(left) for left, *_ in detect_steps(values)][1:]
    spent = time.process_time() - began
    print(json.dumps({"steps": found, "seconds": spent}))
