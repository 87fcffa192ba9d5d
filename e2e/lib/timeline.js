/** What was asked for and came, each with both times in ms: for how long did nothing come? */
export class Timeline {
  #spans = [];

  add(began, ended) {
    this.#spans.push({ began, ended });
  }

  get count() {
    return this.#spans.length;
  }

  /** The longest time between `from` and `to` in which nothing came. */
  gap(from, to) {
    const came = this.#spans.map(({ ended }) => ended).filter((at) => at > from && at < to);
    const points = [from, ...came.sort((a, b) => a - b), to];
    return Math.max(...points.slice(1).map((at, i) => at - points[i]));
  }

  /** The longest that anything took of what was asked for between `from` and `to`. */
  slowest(from, to) {
    const within = this.#spans.filter(({ began }) => began >= from && began < to);
    return Math.max(0, ...within.map(({ began, ended }) => ended - began));
  }
}
