/** `/metrics.json` tells of the last so many milliseconds. */
const windowMs = 10_000;
const lasting = 20_000;

/** What came through the front door, by the release that answered: counters for Prometheus, and the last ten seconds as JSON. */
export class Metrics {
  #totals = new Map(); // release → { good, failed, seconds }
  #recent = []; // { release, at, isFailed, ms }

  /** One request, and how it was answered. */
  count(release, status, ms) {
    const name = release ?? 'none';
    const total = this.#totals.get(name) ?? { good: 0, failed: 0, seconds: 0 };
    const isFailed = status >= 500;
    total[isFailed ? 'failed' : 'good'] += 1;
    total.seconds += ms / 1000;
    this.#totals.set(name, total);
    this.#recent.push({ release: name, at: Date.now(), isFailed, ms });
    if (this.#recent.length > lasting) this.#recent.splice(0, lasting / 2);
  }

  /** In Prometheus' text format. Both outcomes are there from the first request on, so that no ratio lacks its upper half. */
  text() {
    const lines = ['# TYPE shop_requests_total counter', '# TYPE shop_request_seconds_total counter'];
    for (const [release, { good, failed, seconds }] of this.#totals)
      lines.push(
        `shop_requests_total{release="${release}",outcome="good"} ${good}`,
        `shop_requests_total{release="${release}",outcome="failed"} ${failed}`,
        `shop_request_seconds_total{release="${release}"} ${seconds}`,
      );
    return `${lines.join('\n')}\n`;
  }

  /** Of the release that serves now. Without a request there is nothing to tell: null, never zero. */
  json(release) {
    const since = Date.now() - windowMs;
    const seen = this.#recent.filter((one) => one.release === release && one.at >= since);
    const byMs = seen.map(({ ms }) => ms).sort((a, b) => a - b);
    const p95 = byMs[Math.ceil(byMs.length * 0.95) - 1];
    const failed = seen.filter(({ isFailed }) => isFailed).length;
    return {
      release,
      windowMs,
      requests: seen.length,
      errorPercent: seen.length === 0 ? null : (100 * failed) / seen.length,
      p95Ms: p95 === undefined ? null : Math.round(100 * p95) / 100,
    };
  }
}
