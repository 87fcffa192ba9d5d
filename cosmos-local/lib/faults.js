"use strict";
// Faults that tests switch on and off while the endpoint runs.

const KINDS = new Set(["throttle", "refuse", "stall", "drop", "lose"]);
const FIELDS = new Set([
  "name", "kind", "on", "database", "container", "partition", "times", "every", "forMs", "retryAfterMs",
  "status", "holdMs",
]);
const OPERATIONS = new Set(["all", "reads", "writes"]);

/** Faults, tried in the order in which they were added; each strikes a request once at most. */
class Faults {
  #faults = [];
  #held = new Set();

  /** Adds one, and throws an Error that says what is wrong with it. */
  add(spec) {
    const unknown = Object.keys(spec).find((field) => !FIELDS.has(field));
    if (unknown) throw new Error(`unknown field ${unknown}; known: ${[...FIELDS].join(", ")}`);
    if (!KINDS.has(spec.kind)) throw new Error(`kind is ${spec.kind}, must be one of ${[...KINDS].join(", ")}`);
    const on = spec.on || "all";
    if (!OPERATIONS.has(on)) throw new Error(`on is ${on}, must be one of ${[...OPERATIONS].join(", ")}`);
    const ends = spec.forMs === undefined ? Infinity : Date.now() + spec.forMs;
    this.#faults.push({ ...spec, on, ends, seen: 0, struck: 0 });
  }

  /** The next fault that strikes a request for documents, behind those in `before`, or undefined. */
  strike(request, before) {
    for (const fault of this.#faults) {
      if (before.has(fault) || !this.#concerns(fault, request)) continue;
      fault.seen++;
      if (fault.seen % (fault.every || 1) !== 0) continue;
      fault.struck++;
      return fault;
    }
    return undefined;
  }

  #concerns(fault, { database, container, partition, write }) {
    return (
      Date.now() < fault.ends &&
      fault.struck < (fault.times ?? Infinity) &&
      (fault.on === "all" || (fault.on === "writes") === write) &&
      (fault.database === undefined || fault.database === database) &&
      (fault.container === undefined || fault.container === container) &&
      (fault.partition === undefined || fault.partition === partition)
    );
  }

  /** Resolves after the fault's time, or when it ends. */
  hold(fault) {
    return new Promise((resolve) => {
      const held = {
        fault,
        release: () => {
          clearTimeout(timer);
          this.#held.delete(held);
          resolve();
        },
      };
      const timer = fault.holdMs === undefined ? undefined : setTimeout(held.release, fault.holdMs);
      this.#held.add(held);
    });
  }

  /** Ends the faults of that name, or all, and lets go what they hold, in the order in which it came. */
  heal(name) {
    const ends = (fault) => name === null || fault.name === name;
    this.#faults = this.#faults.filter((fault) => !ends(fault));
    [...this.#held].filter(({ fault }) => ends(fault)).forEach(({ release }) => release());
  }

  /** The faults with how often each has struck, and how many requests are held up now. */
  report() {
    const faults = this.#faults.map(({ ends, seen, ...fault }) => fault);
    return { held: this.#held.size, faults };
  }
}

module.exports = { Faults };
