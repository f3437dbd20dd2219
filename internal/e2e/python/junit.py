"""Reads JUnit XML with python3-junitparser.

    python3 junit.py FILE...

Prints a list with one entry per file: its suites, each with what it counts and what
its test cases say.
"""

import json
import sys

from junitparser import Error, Failure, JUnitXml, Skipped


def kind(case):
    for result in case.result:
        for name, wanted in (("fail", Failure), ("unknown", Error), ("skip", Skipped)):
            if isinstance(result, wanted):
                return name, result.text or ""
    return "pass", ""


def suite(s):
    cases = [(c.classname, c.name, *kind(c)) for c in s]
    return {
        "name": s.name, "tests": s.tests, "failures": s.failures, "errors": s.errors, "skipped": s.skipped,
        "time": s.time, "properties": {p.name: p.value for p in s.properties()}, "cases": cases,
    }


print(json.dumps([[suite(s) for s in JUnitXml.fromfile(name)] for name in sys.argv[1:]]))
