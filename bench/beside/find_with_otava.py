"""Apache Otava over the series of standard input; run by the Python of its own environment.

A line in is a JSON list of values, a line out {"steps": [first index after each change], "seconds": spent}.
Its settings are those of its manual, but for the least magnitude, which is given.
"""

import json
import logging
import sys
import time

from otava.series import AnalysisOptions, Metric, Series

logging.disable(logging.CRITICAL)
options = AnalysisOptions()
options.min_magnitude = float(sys.argv[1])
for line in sys.stdin:
    values = json.loads(line)
    began = time.process_time()
    series = Series(
        test_name="series",
        branch=None,
        time=list(range(len(values))),
        metrics={"value": Metric()},
        data={"value": values},
        attributes={},
    )
    found = [change.index for change in series.analyze(options).change_points["value"]]
    spent = time.process_time() - began
    print(json.dumps({"steps": [int(index) for index in found], "seconds": spent}))
