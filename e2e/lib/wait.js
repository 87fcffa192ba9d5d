import assert from 'node:assert/strict';

export const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Waits until `condition` holds; fails at `deadline`, with what `tell` says of the state. */
export async function until(what, deadline, condition, tell = () => '') {
  const began = Date.now();
  while (!(await condition())) {
    const now = Date.now();
    assert.ok(now < deadline, `not within ${now - began} ms: ${what} ${tell()}`);
    await pause(20);
  }
}
