# SPDX-License-Identifier: GPL-2.0
"""What the generators ask the specification."""


def numbered(attributes):
    """The attributes, each with its number."""
    number = 0
    for attr in attributes:
        number = attr.get('value', number + 1)
        yield dict(attr, value=number)
