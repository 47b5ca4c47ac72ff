# SPDX-License-Identifier: GPL-2.0
"""What the generators ask the specification."""

import dataclasses
import re


def c_lower(name):
    return name.lower().replace('-', '_')


def c_upper(prefix, name):
    return (prefix + name).upper().replace('-', '_')


def numbered(attributes):
    """The attributes, each with its number."""
    number = 0
    for attr in attributes:
        number = attr.get('value', number + 1)
        yield dict(attr, value=number)


def attribute_set(spec, name):
    return next(s for s in spec['attribute-sets'] if s['name'] == name)


# iproute2's names of the options of vxlan, if they differ from the attribute's name.
# Options with two words are not typed as such, but belong to the option of the first.
WORDS = {
    'link': 'dev', 'limit': 'maxaddress', 'port-range': 'srcport', 'port': 'dstport',
    'remote6': 'remote', 'local6': 'local', 'label': 'flowlabel',
    'udp-csum': 'udpcsum', 'udp-zero-csum6-tx': 'udp6zerocsumtx',
    'udp-zero-csum6-rx': 'udp6zerocsumrx', 'ttl-inherit': 'ttl inherit',
}


@dataclasses.dataclass
class Option:
    """An option of the link type.

    values  what is typed after the word: capitals stand for something, other words
            for themselves; empty if nothing is
    doc     what it does, without the values
    kind    FLC_OPTION_*
    names   the enumeration that has the names of its values, or None
    own     vxlan does not have it
    """
    name: str
    constant: str
    word: str
    values: list
    doc: str
    kind: str
    names: str
    own: bool

    @property
    def switch(self):
        """It can be said to be off."""
        return self.kind == 'BOOL'


VALUES = re.compile(r'([A-Z_]+(?: [A-Z_]+)*(?:(?:, | or )\w+)*): ')


def option_kind(attr):
    checks = attr.get('checks', {})
    if attr['type'] == 'flag':
        return 'FLAG'
    if attr['type'] == 'binary':
        hint = attr.get('display-hint')
        return {'ipv4': 'ADDR4', 'ipv6': 'ADDR6', None: 'PORT_RANGE'}[hint]
    if attr.get('byte-order') == 'big-endian':
        return attr['type'].replace('u', 'BE')
    if attr['type'] == 'u8' and checks.get('max') == 1 and 'enum' not in attr:
        return 'BOOL'
    return attr['type'].upper()


def option_values(spec, attr):
    """What is typed after the word, and the rest of the doc."""
    doc = ' '.join(attr.get('doc', '').split())
    if 'enum' in attr:
        enum = next(d for d in spec['definitions'] if d['name'] == attr['enum'])
        return [e if isinstance(e, str) else e['name'] for e in enum['entries']], doc
    found = VALUES.match(doc)
    if not found:
        return [], doc
    doc = doc[found.end():]
    return re.split(r', | or ', found.group(1)), doc[:1].upper() + doc[1:]


def options(spec):
    """The options of the link type, by number."""
    for name in ('link', 'link-own'):
        item = attribute_set(spec, name)
        for attr in item['attributes']:
            if attr['type'] == 'nest':
                continue
            values, doc = option_values(spec, attr)
            yield Option(attr['name'], c_upper(item['name-prefix'], attr['name']),
                         WORDS.get(attr['name'], c_lower(attr['name'])),
                         values, doc, option_kind(attr), attr.get('enum'),
                         name == 'link-own')
