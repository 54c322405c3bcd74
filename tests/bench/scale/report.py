"""What the issuer saw and what the logins met, as text."""

from collections import Counter

BIN = 1  # minutes: the finest at which the peak is judged
ROW = 5  # minutes a row of the plot
WIDTH = 50  # columns of the plot
PEAK_MOST = 3  # times the steady mean, outside start-up
LATE_MOST = 0.01  # of requests: more, and this machine spoils the figures


def bins_of(requests, clock):
    counts = Counter()
    for when, *_ in requests:
        counts[int(clock.minute(clock.simulated(when)) // BIN)] += 1
    return counts


def whole_bins(begin, end):
    return range(int(begin // BIN) + 1, max(int(end // BIN), int(begin // BIN) + 2))


def mean_rate(story, counts, kinds):
    """Requests a minute over the whole bins of such phases."""
    bins = [b for _, kind, begin, end in story.phases if kind in kinds
            for b in whole_bins(begin, end)]
    return sum(counts[b] for b in bins) / (len(bins) * BIN) if bins else 0


def phase_table(story, requests, counts, mean):
    yield (f"{'phase':<42}{'min':>5}{'requests':>9}{'a min':>7}"
           f"{'peak':>6}{'/mean':>6}  status")
    for name, _, begin, end in story.phases:
        inside = [r for r in requests
                  if begin <= story.clock.minute(story.clock.simulated(r[0]))
                  < end]
        statuses = Counter(r[1] for r in inside)
        peak = max(counts[b] for b in whole_bins(begin, end))
        yield (f"{name:<42}{end - begin:>5.0f}{len(inside):>9}"
               f"{len(inside) / (end - begin):>7.1f}{peak:>6}"
               f"{peak / mean:>6.1f}  "
               + " ".join(f"{s}:{n}" for s, n in sorted(statuses.items())))


def plot(story, counts, mean):
    rows = int(story.phases[-1][3] // ROW) + 1
    tallest = max(counts.values())
    yield (f"requests a minute at the issuer, {ROW} simulated minutes a row:"
           " # mean, + the busiest minute, | the steady mean")
    begins = {int(begin // ROW): name for name, _, begin, _ in
              reversed(story.phases)}
    for row in range(rows):
        inside = [counts[b] for b in range(row * ROW, (row + 1) * ROW)]
        line = ("#" * round(sum(inside) / ROW * WIDTH / tallest)).ljust(
            round(max(inside) * WIDTH / tallest), "+").ljust(WIDTH + 1)
        at = round(mean * WIDTH / tallest)
        if line[at] == " ":
            line = line[:at] + "|" + line[at + 1:]
        yield (f"{row * ROW:>5} {line} {sum(inside) / ROW:>6.1f}"
               f"  {begins.get(row, '')}").rstrip()


def logins(story):
    rounds = story.fleet.rounds.get("valid", [])
    return (sum(r[1] for r in rounds), sum(r[2] for r in rounds),
            sum(r[3] for r in rounds))


def judge(story, counts, mean, requests):
    """What must hold, and does not."""
    faults = list(story.faults)
    accepted, refused, _ = logins(story)
    if refused or not accepted:
        faults.append(f"{refused} valid tokens refused, {accepted} accepted")
    if not story.short and story.late > LATE_MOST * len(requests):
        faults.append(f"{story.late} transfers were late: this machine is too slow"
                      " for that factor, the figures mean little")
    worst = max((counts[b], name) for name, kind, begin, end in story.phases
                if kind not in ("start", "worst", "silent")
                for b in whole_bins(begin, end))
    if not story.short and worst[0] > PEAK_MOST * mean:
        faults.append(f"{worst[0]} requests in a minute of \"{worst[1]}\":"
                      f" more than {PEAK_MOST} times the mean of {mean:.1f}")
    return faults, worst


def make(story, wire_bytes, cpu, memory):
    requests = list(story.issuer.requests())
    counts = bins_of(requests, story.clock)
    mean = mean_rate(story, counts, ("steady",)) or mean_rate(
        story, counts, ("start", "steady", "fault"))
    faults, worst = judge(story, counts, mean, requests)
    accepted, refused, asked = logins(story)
    statuses = Counter(r[1] for r in requests)
    lines = [f"{story.hosts} fetchers, keys fresh for 600 s, time"
             f" {story.clock.factor:g} times as fast", ""]
    lines += plot(story, counts, mean)
    lines += ["", *phase_table(story, requests, counts, mean), ""]
    lines += [
        f"steady mean {mean:.1f} requests a minute, busiest minute outside"
        f" start-up {worst[0]} ({worst[0] / mean:.1f} times, {worst[1]})",
        f"{len(requests)} requests: "
        + ", ".join(f"{n} of {s}" for s, n in sorted(statuses.items())),
        f"a request: {wire_bytes / len(requests):.0f} bytes over the wire,"
        f" both ways with the handshake, and"
        f" {cpu / len(requests) * 1000:.2f} ms of CPU at nginx",
        f"a fetcher: {memory / 1024:.0f} KiB (PSS)",
        f"logins: {accepted} valid tokens accepted, {refused} refused,"
        f" {asked} had to ask the fetcher",
        f"transfers that were late: {story.late} before the flood on all,"
        f" {story.fleet.late()} in all", ""]
    for what, seconds in story.times:
        unit = "" if what.endswith("asked") else " s"
        lines.append(f"{what:<58}{seconds:>8.0f}{unit}")
    lines += [""] + story.fleet.refusals[:20]
    lines += [f"FAULT: {fault}" for fault in faults]
    lines.append(f"scale: {0 if faults else 1} passed,"
                 f" {1 if faults else 0} failed")
    return "\n".join(lines) + "\n", not faults
