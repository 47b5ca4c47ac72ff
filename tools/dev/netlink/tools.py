# SPDX-License-Identifier: GPL-2.0
"""What the library and the plug-in of iproute2 know of the ABI: names, and options."""

from spec import attribute_set, c_lower, c_upper, options

HEAD = '''// SPDX-License-Identifier: GPL-2.0
/* Do not edit: made of Documentation/netlink/specs/flannel.yaml by "make netlink". */
'''
TYPES = {
    'FLAG': 'bool', 'BOOL': 'bool', 'U8': 'uint8_t', 'U32': 'uint32_t',
    'BE16': 'uint16_t', 'BE32': 'uint32_t', 'ADDR4': 'struct flc_addr',
    'ADDR6': 'struct flc_addr',
}
# Bytes of an attribute beyond its header, padded
SIZES = {'FLAG': 0, 'ADDR6': 16}
HEADER_SIZE = 4
# Each set with its identifier, and the term for its attributes in messages.
SETS = {
    'stats': ('stats', 'counter'),
    'main': ('attr', 'attribute'),
    'lease': ('lease_attr', 'attribute of a lease'),
    'fdb': ('fdb_attr', 'attribute of an FDB entry'),
    'miss': ('miss_attr', 'attribute of a miss'),
    'dev': ('dev_attr', 'attribute of a device'),
}
# Likewise enumerations whose name differs from the term for their values.
ENUMS = {'miss-kind': 'kind of miss', 'miss-state': 'state of a miss'}


def named(spec):
    """Yield identifier, description, and pairs of constant and name."""
    for item in spec['definitions']:
        if item['type'] == 'enum':
            entries = [e if isinstance(e, str) else e['name'] for e in item['entries']]
            yield (c_lower(item['name']), ENUMS.get(item['name'], item['name']),
                   [(c_upper(item['name-prefix'], e), e) for e in entries])
    for name, (identifier, what) in SETS.items():
        item = attribute_set(spec, name)
        attrs = [a['name'] for a in item['attributes']]
        if name == 'stats':
            # A counter has its name from "ethtool -S".
            pairs = [(c_upper(item['name-prefix'], a), c_lower(a))
                     for a in attrs if a != 'pad']
        else:
            pairs = [(c_upper(item['name-prefix'], a), a) for a in attrs]
        yield identifier, what, pairs
    ops = spec['operations']
    yield 'cmd', 'command', [(c_upper(ops['name-prefix'], o['name']), o['name'])
                             for o in ops['list']]


def names(spec):
    text = HEAD + '#include "lib/names.h"\n'
    for identifier, what, pairs in named(spec):
        text += f'\nstatic const char *const flc_{identifier}_table[] = {{\n'
        text += ''.join(f'\t[{constant}] = "{name}",\n' for constant, name in pairs)
        text += f'''}};

const struct flc_names flc_{identifier}_names = {{
	.what	= "{what}",
	.n	= sizeof(flc_{identifier}_table) / sizeof(flc_{identifier}_table[0]),
	.name	= flc_{identifier}_table,
}};
'''
    return text


def form(option):
    if option.names:
        return 'NAME'
    if option.kind not in ('U8', 'U32', 'BE16', 'BE32') or option.values == ['NAME']:
        return 'NONE'
    # Values other than a number.
    other = [v for v in option.values if v == v.lower()]
    return {(): 'NUMBER', ('none',): 'SECONDS',
            ('unlimited',): 'COUNT'}.get(tuple(other), 'NONE')


def fields(spec):
    text = HEAD.replace('// ', '/* ').replace('2.0\n', '2.0 */\n', 1) + '''#ifndef LIBFLANNEL_LINK_OPTIONS_GEN_H
#define LIBFLANNEL_LINK_OPTIONS_GEN_H

#include <linux/flannel.h>

#include "lib/addr.h"

/* See lib/link_options.h. */
struct flc_link_options {
	bool has[IFLA_FLANNEL_MAX + 1];

'''
    for option in options(spec):
        field = c_lower(option.name)
        if option.kind == 'PORT_RANGE':
            text += f'\tstruct {{\n\t\tuint16_t low;\n\t\tuint16_t high;\n\t}} {field};\n'
        else:
            note = f'\t/* enum flannel_{c_lower(option.names)} */' if option.names else ''
            text += f'\t{TYPES[option.kind]} {field};{note}\n'
    # The additional header is that of the nest.
    size = HEADER_SIZE + sum(HEADER_SIZE + SIZES.get(o.kind, 4) for o in options(spec))
    return text + f'''}};

/* Bytes that all options take in a message */
#define FLC_LINK_OPTIONS_SIZE	{size}

#endif
'''


def usage(option):
    """The option as the help of iproute2 shows it."""
    if option.switch:
        return f'[ [no]{option.word} ]'
    if option.names:
        return f'[ {option.word} {{ {" | ".join(option.values)} }} ]'
    shown = [v for v in option.values if v == v.upper()]
    return f'[ {" ".join([option.word, *shown])} ]'


def usage_lines(words, width=60):
    line = ''
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ''
        line = f'{line} {word}' if line else word
    yield line


def table(spec):
    text = HEAD + '''#include "lib/link_options.h"

#define FLC_FIELD(field)	offsetof(struct flc_link_options, field)

const struct flc_option flc_options[IFLA_FLANNEL_MAX + 1] = {
'''
    for option in options(spec):
        field = c_lower(option.name)
        text += f'''	[{option.constant}] = {{
		.word	= "{option.word}",
		.key	= "{field}",
		.type	= FLC_OPTION_{option.kind},
		.offset	= FLC_FIELD({field}),
		.form	= FLC_FORM_{form(option)},
'''
        if option.names:
            text += f'\t\t.names	= &flc_{c_lower(option.names)}_names,\n'
        text += '\t},\n'
    text += '};\n\nconst char flc_own_options_help[] =\n'
    lines = [f'\t"\t\t{line}\\n"'
             for line in usage_lines(usage(o) for o in options(spec) if o.own)]
    return text + '\n'.join(lines) + ';\n'


def generate(spec):
    return {
        'tools/lib/names_gen.c': names(spec),
        'tools/lib/link_options_gen.h': fields(spec),
        'tools/lib/link_options_gen.c': table(spec),
    }
