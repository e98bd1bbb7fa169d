# SPDX-License-Identifier: BSD-2-Clause
"""The chart of a benchmark: one group of bars per workload, each bar a share of its best."""

COLOURS = ["#9aa5b1", "#c3cbd4", "#0b6e4f", "#6bbf59", "#c8553d", "#8d6a9f"]
BAR, GAP, LEFT, WIDTH = 14, 18, 190, 900


def short(v):
    return f"{v / 1e6:.2f}M" if v >= 1e6 else f"{v / 1e3:.0f}k" if v >= 1e4 else f"{v:.0f}"


def text(x, y, words, anchor="start", size=12):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def bar(y, share, colour, label):
    length = max(1, int(share * (WIDTH - LEFT - 120)))
    return (f'<rect x="{LEFT}" y="{y}" width="{length}" height="{BAR - 2}" fill="{colour}"/>' +
            text(LEFT + length + 5, y + BAR - 4, label, size=11))


def legend(order):
    out, x = [], LEFT
    for name, colour in zip(order, COLOURS):
        out.append(f'<rect x="{x}" y="34" width="12" height="12" fill="{colour}"/>' + text(x + 17, 45, name))
        x += 40 + 7 * len(name)
    return out


def chart(result, order):
    """result: {workload: {target: {unit, median}}}; the targets are drawn in this order."""
    out, y = [text(LEFT, 22, "Commands, or MB, per CPU-second of the target (longer is better)", size=15)], 62
    out += legend(order)
    for workload, targets in result.items():
        best = max(t["median"] for t in targets.values()) or 1
        shown = [n for n in order if n in targets]
        out.append(text(LEFT - 10, y + BAR * len(shown) // 2 + 4, workload, "end"))
        for name in shown:
            t = targets[name]
            label = short(t["median"]) + (" MB" if t["unit"] == "MB" else "")
            out.append(bar(y, t["median"] / best, COLOURS[order.index(name) % len(COLOURS)], label))
            y += BAR
        y += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif">'
            f'<rect width="100%" height="100%" fill="white"/>' + "\n".join(out) + "</svg>\n")
