# SPDX-License-Identifier: GPL-2.0
"""The plot of the bench: one panel for each workload, bars for each path."""
from xml.sax.saxutils import escape

WIDTH = 520         # of a panel
LABEL = 110         # left of the bars
VALUE = 80          # right of the bars
BAR = 11
GAP = 9             # between two paths
HEAD = 46           # above the bars of a panel
MARGIN = 20
COLOURS = {"plain": "#4c78a8", "conntrack": "#f58518", "flowtable": "#54a24b"}


def text(x, y, words, size=11, anchor="start", weight="normal", fill="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
            f' font-weight="{weight}" fill="{fill}">{escape(words)}</text>')


def bar(x, y, width, colour):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR - 1}" fill="{colour}"/>'


def short(value):
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{value:,}"


def panel_height(results):
    return HEAD + len(results.paths()) * (len(results.firewalls()) * BAR + GAP) + MARGIN


def panel(results, workload, titles, left, top):
    """The parts of one panel."""
    title, unit = titles[workload]
    firewalls, paths = results.firewalls(), results.paths()
    costs = [value for path in paths for firewall in firewalls
             if (value := results.cost(path, firewall, workload)) is not None]
    if not costs:
        return []
    scale = (WIDTH - LABEL - VALUE) / max(costs)
    parts = [text(left, top + 14, title, 13, weight="bold"),
             text(left, top + 30, f"instructions a {unit}", fill="#666")]
    y = top + HEAD
    for path in paths:
        parts.append(text(left + LABEL - 6, y + len(firewalls) * BAR / 2 + 4, path,
                          anchor="end",
                          weight="bold" if path.startswith("flannel") else "normal"))
        for firewall in firewalls:
            value = results.cost(path, firewall, workload)
            if value is None:
                parts.append(text(left + LABEL + 4, y + BAR - 2, "not measured", 9,
                                  fill="#999"))
            else:
                parts.append(bar(left + LABEL, y, value * scale, COLOURS[firewall]))
                parts.append(text(left + LABEL + value * scale + 4, y + BAR - 2,
                                  short(value), 9))
            y += BAR
        y += GAP
    base = results.cost("host-gw", firewalls[0], workload)
    if base is not None:
        x = left + LABEL + base * scale
        parts.append(f'<line x1="{x:.1f}" y1="{top + HEAD - 4}" x2="{x:.1f}" y2="{y - GAP + 4}"'
                     ' stroke="#888" stroke-dasharray="3 3"/>')
    return parts


def legend(results, left, top):
    parts, x = [], left
    for firewall in results.firewalls():
        parts.append(bar(x, top - BAR + 2, 14, COLOURS[firewall]))
        parts.append(text(x + 20, top, firewall))
        x += 110
    parts.append(text(x, top, "dashed: host-gw without a firewall", fill="#666"))
    return parts


def write(name, kernel, results, titles):
    """Write the SVG file NAME; TITLES gives title and unit of each workload."""
    workloads = results.workloads()
    columns = min(2, len(workloads))
    rows = -(-len(workloads) // columns)
    height = panel_height(results)
    width = columns * (WIDTH + MARGIN) + MARGIN
    total = MARGIN + 60 + rows * height
    parts = [text(MARGIN, 32, f"Pod to pod, kernel {kernel}", 16, weight="bold")]
    parts += legend(results, MARGIN, 56)
    for i, workload in enumerate(workloads):
        parts += panel(results, workload, titles,
                       MARGIN + i % columns * (WIDTH + MARGIN),
                       MARGIN + 60 + i // columns * height)
    with open(name, "w", encoding="utf-8") as out:
        out.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{total}"'
                  f' viewBox="0 0 {width} {total}" font-family="sans-serif">\n'
                  '<rect width="100%" height="100%" fill="#fff"/>\n'
                  + "\n".join(parts) + "\n</svg>\n")
