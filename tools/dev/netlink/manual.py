# SPDX-License-Identifier: GPL-2.0
"""Parts of the manual page flannel(4): options, counters, commands."""

import re

from spec import attribute_set, c_lower, c_upper, options

PAGE = 'tools/iproute2/flannel.4'


def paragraph(doc):
    """The text, with a line for each sentence."""
    text = ' '.join(doc.split()).replace('\\', r'\e')
    lines = re.sub(r'(?<=[.:;?]) (?=[A-Z])', '\n', text).split('\n')
    # A line that begins with one of these is a roff request.
    return ''.join(r'\&' * line.startswith(('.', "'")) + line + '\n' for line in lines)


def item(title, doc):
    return f'.TP\n{title}\n{paragraph(doc)}'


def value(text):
    return rf'\fI{text}\fR' if text == text.upper() else rf'\fB{text}\fR'


def option_title(option):
    title = rf'\fB{option.word}\fR'
    if option.switch:
        return rf'[\fBno\fR]{title}'
    if not option.values:
        return title
    shown = '|'.join(value(v) for v in option.values)
    return f'{title} {shown}' if len(option.values) == 1 else f'{title} {{{shown}}}'


def option_list(spec, own):
    seen = set()
    text = ''
    for option in options(spec):
        # One keyword stands for an address of either family.
        if option.own == own and ' ' not in option.word and option.word not in seen:
            seen.add(option.word)
            text += item(option_title(option), option.doc)
    return text


def counters(spec):
    return ''.join(item(rf'\fB{c_lower(a["name"])}\fR', a['doc'])
                   for a in attribute_set(spec, 'stats')['attributes']
                   if a['type'] != 'pad')


def commands(spec):
    text = ''
    for operation in spec['operations']['list']:
        name = c_upper(spec['operations']['name-prefix'], operation['name'])
        text += item(rf'\fB{name}\fR', operation['doc'])
        if 'mcgrp' in operation:
            text += rf'Group \fB{operation["mcgrp"]}\fR.' + '\n'
    return text


PARTS = {
    'options of vxlan': lambda spec: option_list(spec, own=False),
    'own options': lambda spec: option_list(spec, own=True),
    'counters': counters,
    'commands': commands,
}


def generate(spec, page):
    """The page with its generated parts as specified now."""
    for name, make in PARTS.items():
        begin = f'.\\" Made of the specification by "make netlink": {name}\n'
        end = f'.\\" End of the {name}\n'
        if page.count(begin) != 1 or page.count(end) != 1:
            raise SystemExit(f'{PAGE}: there is no place for the {name}')
        before, rest = page.split(begin)
        page = before + begin + make(spec) + end + rest.split(end)[1]
    return {PAGE: page}
