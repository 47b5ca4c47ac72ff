# SPDX-License-Identifier: GPL-2.0
"""Policies and operations of the module, by the kernel's own generator (ynl-gen-c.py).

The generator gets a specification that is made of ours, since some of what
flannel.yaml says it cannot read in that form:

- A nested set has other attributes in requests than in replies (lease-request is
  part of lease), and only requests have a policy.
- The generator knows one kind of permission per command; ours is the one over the
  namespace of the device.
- It leaves out the permission of a multicast group, and the family is not described
  in full either: both are written by hand, in fl_genl.c.
- Commands get one policy each (kernel-policy: per-op), because Linux 6.1 knows no
  other: a dump has that of the request.

What the generator cannot express at all is added to it below, see extend().
"""

import copy
import importlib.util
import pathlib
import subprocess
import sys
import tempfile

import yaml

from spec import numbered

SPEC = 'Documentation/netlink/specs/flannel.yaml'
SCHEMA = 'Documentation/netlink/genetlink-c.yaml'
SOURCE, HEADER = 'fl_genl_gen.c', 'fl_genl_gen.h'


def derive(spec):
    """What the generator is given."""
    spec = copy.deepcopy(spec)
    # The module's names begin with it.
    spec['name'] = 'fl'
    spec['protocol'] = 'genetlink-legacy'
    spec['kernel-policy'] = 'per-op'
    del spec['mcast-groups']

    requests = {s['subset-of']: {a['name'] for a in s['attributes']}
                for s in spec['attribute-sets'] if 'subset-of' in s}
    spec['attribute-sets'] = [s for s in spec['attribute-sets']
                              if 'subset-of' not in s]
    for item in spec['attribute-sets']:
        item['attributes'] = [
            a for a in numbered(item['attributes'])
            if item['name'] not in requests or
            a['name'] in requests[item['name']]]
        for attr in item['attributes']:
            if 'flags-mask' in attr.get('checks', {}):
                del attr['enum'], attr['enum-as-flags']

    for operation in spec['operations']['list']:
        if 'flags' in operation:
            operation['flags'] = ['uns-admin-perm']
        if 'do' in operation and 'dump' in operation:
            del operation['dump']['request']
    return spec


def extend(gen):
    """Teach the generator what it lacks for us."""

    class Binary(gen.TypeBinary):
        """It may have a shortest and a longest length at once."""
        def _attr_policy(self, policy):
            if {'min-len', 'max-len'} <= self.checks.keys():
                return (f'NLA_POLICY_RANGE(NLA_BINARY, {self.get_limit("min-len")}, '
                        f'{self.get_limit("max-len")})')
            return super()._attr_policy(policy)

    class Scalar(gen.TypeScalar):
        """The flags of a mask need not be adjacent."""
        def _attr_policy(self, policy):
            if 'flags-mask' in self.checks:
                flags = self.family.consts[self.checks['flags-mask']]
                return f'NLA_POLICY_MASK({policy}, {flags.get_mask(as_flags=True):#x})'
            return super()._attr_policy(policy)

    class Operation(gen.Operation):
        """One that can only be dumped has a policy, too."""
        def __getitem__(self, key):
            if key == 'do' and key not in self:
                key = 'dump'
            return super().__getitem__(key)

    gen.TypeBinary = Binary
    gen.TypeScalar = Scalar
    gen.Operation = Operation
    # No other file needs the policy of a command.
    gen.policy_should_be_static = lambda family: True


def load(folder):
    """The generator, as a module."""
    path = folder / 'tools/net/ynl/ynl-gen-c.py'
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location('ynl_gen_c', path)
    gen = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gen)
    return gen


def find(local):
    """The folder of the generator, or None if it is not there."""
    script = pathlib.Path(__file__).with_name('ynl')
    found = subprocess.run([script, '--local'] if local else [script],
                           stdout=subprocess.PIPE, stderr=None if not local else
                           subprocess.DEVNULL, text=True, check=False)
    return pathlib.Path(found.stdout.strip()) if not found.returncode else None


def generate(folder, text):
    """The files by name, of the generator in @folder and the specification @text."""
    # From a different package than yaml; the generator itself uses it, too.
    import jsonschema

    spec = yaml.safe_load(text)
    jsonschema.validate(spec, yaml.safe_load((folder / SCHEMA).read_text()))
    gen = load(folder)
    extend(gen)
    files = {}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        # It searches for the top of the kernel tree by this file, and never returns
        # without it.
        (work / 'MAINTAINERS').touch()
        path = work / SPEC
        path.parent.mkdir(parents=True)
        # The derived specification follows no published schema.
        (path.parent.parent / 'genetlink-legacy.yaml').write_text('{}\n')
        path.write_text(text.splitlines()[0] + '\n' +
                        yaml.safe_dump(derive(spec), sort_keys=False))
        for kind, name in (('--header', HEADER), ('--source', SOURCE)):
            sys.argv = ['ynl-gen-c', '--mode', 'kernel', kind,
                        '--spec', str(path), '-o', str(work / name)]
            gen.main()
            files[name] = (work / name).read_text()
    return files
