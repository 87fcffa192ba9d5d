"use strict";
const { after, afterEach, before, beforeEach, test } = require("node:test");
const assert = require("node:assert/strict");
const { start, Client } = require("./support/client");

let local;
let client;
before(async () => {
  local = await start();
});
after(() => local.stop());
beforeEach(async () => {
  client = new Client(local.endpoint);
  await client.container();
});
afterEach(() => client.heal());

const item = (id) => ({ id, p: "x" });
const statuses = async (count) => {
  const found = [];
  for (let i = 0; i < count; i++) found.push((await client.create(item(`s${i}`))).status);
  return found;
};

async function until(held) {
  while ((await client.faults()).held !== held) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("throttled is 429 with the delay, as often as is said", async () => {
  await client.fault({ kind: "throttle", times: 2, retryAfterMs: 7 });
  const { status, headers } = await client.create(item("a"));
  assert.equal(status, 429);
  assert.equal(headers.get("x-ms-retry-after-ms"), "7");
  assert.deepEqual(await statuses(2), [429, 201]);
  assert.equal((await client.faults()).faults[0].struck, 2);
});

test("every n-th", async () => {
  await client.fault({ kind: "throttle", every: 3 });
  assert.deepEqual(await statuses(6), [201, 201, 429, 201, 201, 429]);
});

test("for some time", async () => {
  await client.fault({ kind: "throttle", forMs: 2_000 });
  assert.equal((await client.create(item("a"))).status, 429);
  while ((await client.create(item("a"))).status !== 201) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test("only writes, or only reads", async () => {
  await client.create(item("a"));
  await client.fault({ kind: "refuse", on: "writes" });
  assert.equal((await client.create(item("b"))).status, 503);
  assert.equal((await client.read("a", ["x"])).status, 200);
  assert.equal((await client.query("SELECT * FROM c", ["x"])).status, 200);
  assert.equal((await client.changes()).status, 200);
  await client.heal();
  await client.fault({ kind: "refuse", on: "reads", status: 403 });
  assert.equal((await client.create(item("b"))).status, 201);
  assert.equal((await client.read("a", ["x"])).status, 403);
});

test("only there", async () => {
  await client.fault({ kind: "refuse", container: "other" });
  await client.fault({ kind: "refuse", database: "other" });
  await client.fault({ kind: "refuse", partition: "y" });
  assert.equal((await client.create(item("a"))).status, 201);
  await client.fault({ kind: "refuse", database: "d", container: "c", partition: "x" });
  assert.equal((await client.create(item("b"))).status, 503);
});

test("what is stalled is done when the fault ends, in order, also when nobody waits any more", async () => {
  await client.fault({ kind: "stall", name: "hold" });
  await client.fault({ kind: "refuse", times: 1 });
  const refused = client.create(item("a"));
  await until(1);
  const gone = new AbortController();
  const abandoned = client.create(item("b"), ["x"], {}, gone.signal);
  await until(2);
  gone.abort();
  await assert.rejects(abandoned);
  await client.heal("hold");
  assert.equal((await refused).status, 503);
  await until(0);
  assert.equal((await client.read("a", ["x"])).status, 404);
  assert.equal((await client.read("b", ["x"])).status, 200);
});

test("a stall of some time", async () => {
  await client.fault({ kind: "stall", holdMs: 50, times: 1 });
  const begun = Date.now();
  assert.equal((await client.create(item("a"))).status, 201);
  assert.ok(Date.now() - begun >= 45);
});

test("dropped is not done, lost is done, and both are silence", async () => {
  await client.fault({ kind: "drop", on: "writes", times: 1 });
  await client.fault({ kind: "lose", on: "writes", times: 1 });
  await assert.rejects(client.create(item("dropped")));
  await assert.rejects(client.create(item("lost")));
  assert.equal((await client.read("dropped", ["x"])).status, 404);
  assert.equal((await client.read("lost", ["x"])).status, 200);
});

test("containers and databases are not struck", async () => {
  await client.fault({ kind: "refuse" });
  assert.equal((await client.call("GET", "dbs/d/colls/c")).status, 200);
});

test("a fault that makes no sense is refused with what is wrong", async () => {
  assert.match((await client.fault({ kind: "explode" })).body.message, /kind is explode/);
  assert.match((await client.fault({ kind: "stall", on: "nothing" })).body.message, /on is nothing/);
  assert.match((await client.fault({ kind: "stall", seconds: 1 })).body.message, /unknown field seconds/);
  assert.equal((await client.fault({ kind: "explode" })).status, 400);
});
