/** A small seeded generator (mulberry32), so that a run can be repeated: gives 0 to `bound` - 1. */
export function generator(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

export const oneOf = (random, items) => items[random(items.length)];

/** The items in another order. */
export function shuffled(random, items) {
  const rest = [...items];
  return items.map(() => rest.splice(random(rest.length), 1)[0]);
}
