#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the specification of the netlink family with what there is.

Prints a line for each comparison, of three fields with tabs in between: what is
compared, what was expected, what was seen. uapi_spec.sh makes checks of them.

  uapi_spec.py spec SPEC HEADER [NAMES]   with the header, and with the names
                                          that the library has for its numbers
  uapi_spec.py kernel SPEC                with the family and its policies, as
                                          the running kernel describes them
"""

import re
import socket
import struct
import sys

import yaml

LIMITS = {
    'u8-max': 2**8 - 1, 'u16-max': 2**16 - 1, 'u32-max': 2**32 - 1,
    'u64-max': 2**64 - 1, 's32-max': 2**31 - 1,
}


def compare(name, expected, seen):
    """Print a comparison of two dictionaries, of what differs alone."""
    def differing(this, other):
        rest = {k: v for k, v in this.items() if other.get(k) != v}
        return ', '.join(f'{k}={v}' for k, v in sorted(rest.items()))

    if expected == seen:
        print(name, 'agreement', 'agreement', sep='\t')
    else:
        print(name, differing(expected, seen) or 'nothing',
              differing(seen, expected) or 'nothing', sep='\t')


# The specification -----------------------------------------------------------

def c_name(prefix, name):
    return (prefix + name).replace('-', '_').upper()


class Spec:
    """The specification, with a number for everything that has a name."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.yaml = yaml.safe_load(file)
        self.enums = {}
        self.sets = {}
        for item in self.yaml['definitions']:
            if item['type'] != 'const':
                self.enums[item['name']] = self.read_enum(item)
        for item in self.yaml['attribute-sets']:
            self.sets[item['name']] = self.read_set(item)
        self.ops = {}
        number = 0
        for item in self.yaml['operations']['list']:
            number = item.get('value', number + 1)
            self.ops[item['name']] = dict(item, value=number)

    @staticmethod
    def read_enum(item):
        entries = {}
        number = item.get('value-start', 0)
        for entry in item['entries']:
            if isinstance(entry, str):
                entry = {'name': entry}
            number = entry.get('value', number)
            flags = item['type'] == 'flags'
            entries[entry['name']] = 1 << number if flags else number
            number += 1
        return dict(item, entries=entries)

    def read_set(self, item):
        if 'subset-of' in item:
            whole = self.sets[item['subset-of']]['attributes']
            names = [attr['name'] for attr in item['attributes']]
            return dict(item, attributes={n: whole[n] for n in names})
        attributes = {}
        number = 0
        for attr in item['attributes']:
            number = attr.get('value', number + 1)
            attributes[attr['name']] = dict(attr, value=number)
        return dict(item, attributes=attributes)

    def whole_sets(self):
        return {n: s for n, s in self.sets.items() if 'subset-of' not in s}

    def mask(self, enum):
        return sum(self.enums[enum]['entries'].values())


# The header ------------------------------------------------------------------

class Header:
    """Constants of the header, and what its comments say about their types."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            text = file.read()
        self.enums = []
        self.comments = {}
        self.defines = {
            name: re.sub(r'\s*/\*.*', '', value) for name, value in
            re.findall(r'#define[ \t]+(\w+)[ \t]+(.*)', text)}
        for name, body in re.findall(r'\benum\b\s*(\w*)\s*\{(.*?)\n\}', text,
                                     re.S):
            self.enums.append((name, self.read_enum(body)))

    def read_enum(self, body):
        constants = {}
        number = -1
        pattern = r'(\w+)\s*(?:=\s*(\d+))?\s*,?[ \t]*(?:/\*(.*?)\*/)?'
        plain = re.sub(r'^\s*/\*.*?\*/', '', body, flags=re.S | re.M)
        for name, value, comment in re.findall(pattern, plain, re.S):
            number = int(value) if value else number + 1
            constants[name] = number
            self.comments[name] = re.sub(r'\s*\*?\s+', ' ', comment).strip()
        return constants

    def string(self, name):
        return self.defines.get(name, '').strip('"')


def own_constants(constants):
    """Without what marks the beginning and the end."""
    return {k: v for k, v in constants.items()
            if not k.startswith('__') and not k.endswith('_UNSPEC')}


def commented_type(comment):
    """The type that a comment begins with, or None."""
    words = (
        (r'(u8|u16|u32|u64)\b', None), (r'be(16|32)\b', 'u%s big-endian'),
        (r'string\b', 'string'), (r'flag\b', 'flag'), (r'nest\b', 'nest'),
        (r'(4|6|16) bytes\b', 'binary %s'), (r'IPv4:', 'binary 4'),
        (r'IPv6:', 'binary 16'), (r'struct ', 'binary'),
    )
    for pattern, result in words:
        match = re.match(pattern, comment)
        if match and result is None:
            return match.group(1)
        if match:
            return result % match.group(1) if '%' in result else result
    return None


def specified_type(attr, like):
    """The type of an attribute, as exact as @like is."""
    result = attr['type']
    if attr.get('byte-order') == 'big-endian':
        result += ' big-endian'
    length = attr.get('checks', {}).get('exact-len')
    if length and like and re.search(r'binary \d', like):
        result += f' {length}'
    elif result == 'binary' and like and like.startswith('binary '):
        # Where it is only read nothing is checked, but shown as what it is.
        result += ' ' + {'mac': '6', 'ipv4': '4', 'ipv6': '16'}.get(
            attr.get('display-hint'), '')
    return result


def compare_enums(spec, header):
    for name, item in spec.enums.items():
        if 'header' in item:
            continue
        expected = {c_name(item['name-prefix'], n): v
                    for n, v in item['entries'].items()}
        if item['type'] == 'flags':
            seen = {}
            for key in expected:
                match = re.fullmatch(r'\(1U << (\d+)\)',
                                     header.defines.get(key, ''))
                if match:
                    seen[key] = 1 << int(match.group(1))
        else:
            seen = dict(header.enums).get(c_name('', item['enum-name'])
                                          .lower(), {})
        compare(f'header: {name}', expected, seen)


def set_constants(spec, header, name, item):
    """The constants of a set in the header."""
    if item.get('enum-name'):
        constants = dict(header.enums).get(
            item['enum-name'].replace('-', '_'), {})
        return own_constants(constants)
    # Two sets of the link type share one enumeration.
    constants = {}
    for _, candidate in header.enums:
        if any(k.startswith('IFLA_FLANNEL_') for k in candidate):
            constants = own_constants(candidate)
    own = 'own' in name
    first = int(header.defines.get('IFLA_FLANNEL_OWN_MIN', '0'))
    return {k: v for k, v in constants.items() if (v >= first) == own}


def compare_sets(spec, header):
    for name, item in spec.whole_sets().items():
        attrs = {c_name(item['name-prefix'], n): a
                 for n, a in item['attributes'].items()}
        constants = set_constants(spec, header, name, item)
        compare(f'header: numbers of {name}',
                {k: a['value'] for k, a in attrs.items()}, constants)
        told = {k: commented_type(header.comments.get(k, ''))
                for k in constants if k in attrs}
        told = {k: v for k, v in told.items() if v}
        compare(f'header: types of {name}',
                {k: specified_type(attrs[k], v) for k, v in told.items()},
                told)


def compare_ops(spec, header):
    prefix = spec.yaml['operations']['name-prefix']
    name = spec.yaml['operations']['enum-name'].replace('-', '_')
    compare('header: commands',
            {c_name(prefix, n): o['value'] for n, o in spec.ops.items()},
            own_constants(dict(header.enums)[name]))
    family = c_name('', spec.yaml['c-family-name'])
    compare('header: name of the family', {family: spec.yaml['name']},
            {family: header.string(family)})
    groups = spec.yaml['mcast-groups']['list']
    compare('header: multicast groups',
            {c_name('', g['c-define-name']): g['name'] for g in groups},
            {k: v.strip('"') for k, v in header.defines.items()
             if k.startswith('FLANNEL_GENL_MCGRP_')})


def compare_names(spec, path):
    """The names that the library has for numbers."""
    with open(path, encoding='utf-8') as file:
        seen = dict(re.findall(r'\[(\w+)\]\s*=\s*"([^"]*)"', file.read()))
    expected = {}
    for name, item in spec.whole_sets().items():
        if name.startswith('link'):
            continue
        for attr in item['attributes']:
            text = attr.replace('-', '_') if name == 'stats' else attr
            if not (name == 'stats' and attr == 'pad'):
                expected[c_name(item['name-prefix'], attr)] = text
    for item in spec.enums.values():
        if item['type'] == 'enum':
            for entry in item['entries']:
                expected[c_name(item['name-prefix'], entry)] = entry
    for name in spec.ops:
        expected[c_name(spec.yaml['operations']['name-prefix'], name)] = name
    compare('library: names', expected, seen)


# The kernel ------------------------------------------------------------------

NETLINK_GENERIC = 16
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY, CTRL_CMD_GETPOLICY = 3, 10
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3

CTRL_FAMILY_ID, CTRL_FAMILY_NAME, CTRL_VERSION = 1, 2, 3
CTRL_OPS, CTRL_GROUPS, CTRL_POLICY, CTRL_OP_POLICY = 6, 7, 8, 9
OP_ID, OP_FLAGS = 1, 2
OP_CAP_DO, OP_CAP_DUMP, OP_CAP_HASPOL, OP_UNS_ADMIN_PERM = 2, 4, 8, 16
POLICY_DO, POLICY_DUMP = 1, 2
POL_TYPE, POL_MIN_U, POL_MAX_U = 1, 4, 5
POL_MIN_LEN, POL_MAX_LEN, POL_INDEX, POL_MASK = 6, 7, 8, 12

POLICY_TYPES = {
    1: 'flag', 2: 'u8', 3: 'u16', 4: 'u32', 5: 'u64', 10: 'binary',
    11: 'string', 12: 'string', 13: 'nest',
}


def attributes(data):
    """Yield type and payload of each attribute."""
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from('=HH', data, at)
        if size < 4:
            break
        yield kind & 0x3fff, data[at + 4:at + size]
        at += (size + 3) & ~3


def number(data):
    return int.from_bytes(data, sys.byteorder)


def text(data):
    return data.rstrip(b'\0').decode()


def ask(cmd, flags, attrs):
    """Ask the controller, and return the payloads of the answer."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    payload = struct.pack('=BBH', cmd, 2, 0)
    for kind, value in attrs:
        payload += struct.pack('=HH', 4 + len(value), kind) + value
        payload += b'\0' * (-len(value) % 4)
    sock.send(struct.pack('=IHHII', 16 + len(payload), GENL_ID_CTRL,
                          NLM_F_REQUEST | flags, 1, 0) + payload)
    answers = []
    while True:
        data = sock.recv(1 << 16)
        at = 0
        while at + 16 <= len(data):
            size, kind = struct.unpack_from('=IH', data, at)
            if kind == NLMSG_DONE:
                return answers
            if kind == NLMSG_ERROR:
                error = -struct.unpack_from('=i', data, at + 16)[0]
                if error:
                    sys.exit(f'the generic netlink controller says {error}')
                return answers
            answers.append(data[at + 20:at + size])
            at += (size + 3) & ~3


class Kernel:
    """The family, as the kernel describes it."""

    def __init__(self, name):
        reply = ask(CTRL_CMD_GETFAMILY, NLM_F_ACK,
                    [(CTRL_FAMILY_NAME, name.encode() + b'\0')])[0]
        self.ops = {}
        self.groups = set()
        for kind, data in attributes(reply):
            if kind == CTRL_FAMILY_ID:
                self.family = data
            elif kind == CTRL_VERSION:
                self.version = number(data)
            elif kind == CTRL_OPS:
                for _, op in attributes(data):
                    fields = dict(attributes(op))
                    self.ops[number(fields[OP_ID])] = number(fields[OP_FLAGS])
            elif kind == CTRL_GROUPS:
                for _, group in attributes(data):
                    self.groups.add(text(dict(attributes(group))[1]))
        self.policies = {}
        self.op_policies = {}
        for answer in ask(CTRL_CMD_GETPOLICY, NLM_F_DUMP,
                          [(CTRL_FAMILY_ID, self.family)]):
            self.read_policy(answer)

    def read_policy(self, answer):
        for kind, data in attributes(answer):
            if kind == CTRL_OP_POLICY:
                for op, policies in attributes(data):
                    self.op_policies[op] = {
                        k: number(v) for k, v in attributes(policies)}
            elif kind == CTRL_POLICY:
                for index, attrs in attributes(data):
                    policy = self.policies.setdefault(index, {})
                    for attr, fields in attributes(attrs):
                        policy[attr] = dict(attributes(fields))


def kernel_rule(fields):
    """What a policy demands, in words."""
    kind = POLICY_TYPES.get(number(fields[POL_TYPE]), 'unknown')
    if kind in ('u8', 'u16', 'u32', 'u64'):
        if POL_MASK in fields:
            return f'{kind} mask {number(fields[POL_MASK]):#x}'
        return (f'{kind} {number(fields[POL_MIN_U])}'
                f'..{number(fields[POL_MAX_U])}')
    if kind in ('binary', 'string'):
        least = number(fields.get(POL_MIN_LEN, b'\0'))
        most = fields.get(POL_MAX_LEN)
        return f'{kind} {least}..{number(most) if most else ""}'
    return kind


def specified_rule(spec, attr):
    kind = attr['type']
    checks = attr.get('checks', {})
    if kind in ('u8', 'u16', 'u32', 'u64'):
        if 'flags-mask' in checks:
            return f'{kind} mask {spec.mask(checks["flags-mask"]):#x}'
        most = LIMITS[kind + '-max']
        if 'enum' in attr:
            most = max(spec.enums[attr['enum']]['entries'].values())
        most = checks.get('max', most)
        return f'{kind} {checks.get("min", 0)}..{LIMITS.get(most, most)}'
    if kind in ('binary', 'string'):
        exact = checks.get('exact-len')
        least = exact or checks.get('min-len', 0)
        most = exact or checks.get('max-len', '')
        return f'{kind} {least}..{most}'
    return kind


def compare_family(spec, kernel):
    groups = spec.yaml['mcast-groups']['list']
    compare('kernel: multicast groups', {g['name']: 'there' for g in groups},
            {name: 'there' for name in kernel.groups})
    expected, seen = {}, {}
    for name, op in spec.ops.items():
        if 'event' in op:
            continue
        flags = OP_CAP_HASPOL
        flags |= OP_CAP_DO if 'do' in op else 0
        flags |= OP_CAP_DUMP if 'dump' in op else 0
        if 'admin-perm' in op.get('flags', []):
            flags |= OP_UNS_ADMIN_PERM
        expected[name] = hex(flags)
    names = {op['value']: name for name, op in spec.ops.items()}
    for value, flags in kernel.ops.items():
        seen[names.get(value, value)] = hex(flags)
    compare('kernel: commands, and what they are capable of', expected, seen)


def compare_policy(spec, kernel, name, attrs, policy):
    """One level of a policy, and below it what requests may hold."""
    expected = {attr['name']: specified_rule(spec, attr)
                for attr in attrs.values()}
    names = {attr['value']: attr['name'] for attr in attrs.values()}
    seen = {names.get(value, value): kernel_rule(fields)
            for value, fields in policy.items()}
    compare(f'kernel: policy of {name}', expected, seen)
    for attr in attrs.values():
        fields = policy.get(attr['value'])
        if attr['type'] != 'nest' or not fields or POL_INDEX not in fields:
            continue
        nested = attr['nested-attributes']
        inner = spec.sets.get(nested + '-request', spec.sets[nested])
        compare_policy(spec, kernel, f'{name}, in {attr["name"]}',
                       inner['attributes'],
                       kernel.policies.get(number(fields[POL_INDEX]), {}))


def compare_policies(spec, kernel):
    for name, op in spec.ops.items():
        found = kernel.op_policies.get(op['value'], {})
        if not found and 'do' not in op:
            # Some kernels (6.12) number what can only be dumped as 0.
            found = kernel.op_policies.get(0, {})
        whole = spec.sets.get(op['attribute-set'])['attributes']
        # One policy may serve both.
        both = [a for how in ('do', 'dump')
                for a in op.get(how, {}).get('request', {})
                .get('attributes', [])]
        for how, index in (('do', POLICY_DO), ('dump', POLICY_DUMP)):
            if how in op:
                compare_policy(spec, kernel, f'{name}, {how}',
                               {n: whole[n] for n in dict.fromkeys(both)},
                               kernel.policies.get(found.get(index), {}))


def main(args):
    if len(args) >= 3 and args[0] == 'spec':
        spec, header = Spec(args[1]), Header(args[2])
        compare_enums(spec, header)
        compare_sets(spec, header)
        compare_ops(spec, header)
        if len(args) > 3:
            compare_names(spec, args[3])
    elif len(args) == 2 and args[0] == 'kernel':
        spec = Spec(args[1])
        kernel = Kernel(spec.yaml['name'])
        compare_family(spec, kernel)
        compare_policies(spec, kernel)
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(sys.argv[1:])
