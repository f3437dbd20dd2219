"""Validates JSON documents with python3-jsonschema.

    python3 validate.py SCHEMA DOCUMENT...

Prints a list with one list of error messages per document, in their order.
"""

import json
import sys

import jsonschema


def read(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def main():
    schema = read(sys.argv[1])
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema, format_checker=jsonschema.FormatChecker())
    json.dump(
        [[f"{error.json_path}: {error.message}" for error in validator.iter_errors(read(name))] for name in sys.argv[2:]],
        sys.stdout,
    )


main()
