"use strict";
const { afterEach, beforeEach, test } = require("node:test");
const assert = require("node:assert/strict");
const { once } = require("node:events");
const { appendFile, mkdtemp, readFile, rm, stat } = require("node:fs/promises");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { start, Client } = require("./support/client");

let directory;
let local;
let client;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cosmos-local-"));
  await begin();
  assert.equal((await client.container(["/p"], { defaultTtl: -1 })).status, 201);
});
afterEach(async () => {
  await local.stop();
  await rm(directory, { recursive: true });
});

async function begin() {
  local = await start("--data-dir", directory);
  client = new Client(local.endpoint);
}

/** kill -9, and the next process on the same directory. */
async function killAndBegin() {
  local.child.kill("SIGKILL");
  await once(local.child, "exit");
  await begin();
}

const all = async () => (await client.query("SELECT * FROM c ORDER BY c.id")).body.Documents;

test("what was answered is there after kill -9, to the letter, and in the next process, too", async () => {
  await client.create({ id: "a", p: "x", n: 1 });
  await client.create({ id: "a", p: "y", n: 1 });
  await client.create({ id: "b", p: "x", n: 1 });
  await client.upsert({ id: "a", p: "x", n: 2 });
  await client.patch("a", ["y"], { operations: [{ op: "set", path: "/n", value: 3 }] });
  await client.call("DELETE", `${client.documents}/b`, { partition: ["x"] });
  const before = await all();
  assert.deepEqual(before.map(({ p, n }) => [p, n]).sort(), [["x", 2], ["y", 3]]);
  for (let process = 0; process < 2; process++) {
    await killAndBegin();
    assert.deepEqual(await all(), before);
    assert.equal((await client.create({ id: "a", p: "x" })).status, 409);
  }
  const { _rid } = (await client.create({ id: "c", p: "x" })).body;
  assert.ok(before.every((document) => document._rid !== _rid));
});

test("a batch that was taken back stays taken back", async () => {
  await client.create({ id: "a", p: "x", n: 1 });
  const { status } = await client.batch(
    [
      { operationType: "Upsert", resourceBody: { id: "a", p: "x", n: 2 } },
      { operationType: "Create", resourceBody: { id: "b", p: "x" } },
      { operationType: "Create", resourceBody: { id: "a", p: "x" } },
    ],
    ["x"],
  );
  assert.equal(status, 207);
  await killAndBegin();
  assert.deepEqual((await all()).map(({ id, n }) => [id, n]), [["a", 1]]);
  assert.deepEqual((await client.changes()).documents.map(({ n }) => n), [1]);
});

test("the change feed goes on where it was, also behind what is no more", async () => {
  await client.create({ id: "a", p: "x" });
  const { etag } = await client.changes();
  await client.create({ id: "b", p: "x" });
  await client.create({ id: "c", p: "x" });
  await client.call("DELETE", `${client.documents}/c`, { partition: ["x"] });
  const { etag: head } = await client.changes();
  for (let process = 0; process < 2; process++) {
    await killAndBegin();
    assert.deepEqual((await client.changes(etag)).documents.map(({ id }) => id), ["b"]);
    assert.equal((await client.changes(head)).status, 304);
  }
  await client.create({ id: "d", p: "x" });
  assert.deepEqual((await client.changes(head)).documents.map(({ id }) => id), ["d"]);
});

test("a document lives as long as it would have", async () => {
  await client.create({ id: "a", p: "x", ttl: 2 });
  await client.create({ id: "b", p: "x", ttl: 3600 });
  await client.create({ id: "c", p: "x" });
  await killAndBegin();
  const end = Date.now() + 20_000;
  while ((await all()).length > 2 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual((await all()).map(({ id }) => id), ["b", "c"]);
});

test("a replaced container has its documents, a deleted database is gone", async () => {
  await client.create({ id: "a", p: "x" });
  const { body } = await client.call("GET", "dbs/d/colls/c");
  const replaced = await client.call("PUT", "dbs/d/colls/c", { body: { ...body, defaultTtl: 3600 } });
  assert.equal(replaced.status, 200);
  await killAndBegin();
  assert.equal((await client.call("GET", "dbs/d/colls/c")).body.defaultTtl, 3600);
  assert.equal((await client.call("GET", "dbs/d/colls/c")).body._rid, body._rid);
  assert.deepEqual((await all()).map(({ id }) => id), ["a"]);
  assert.equal((await client.call("DELETE", "dbs/d")).status, 204);
  await killAndBegin();
  assert.equal((await client.call("GET", "dbs/d")).status, 404);
});

test("half a line at the end, of which nobody was answered, is passed over", async () => {
  await client.create({ id: "a", p: "x" });
  await local.stop();
  await appendFile(join(directory, "journal.ndjson"), '{"in":"/dbs/');
  await begin();
  assert.deepEqual((await all()).map(({ id }) => id), ["a"]);
  await client.create({ id: "b", p: "x" });
  await killAndBegin();
  assert.deepEqual((await all()).map(({ id }) => id), ["a", "b"]);
});

test("the file is written anew at each start, with what is left", async () => {
  await client.create({ id: "a", p: "x" });
  for (let n = 0; n < 200; n++) await client.upsert({ id: "a", p: "x", n });
  const { size } = await stat(join(directory, "journal.ndjson"));
  await killAndBegin();
  assert.ok((await readFile(join(directory, "journal.ndjson"))).length < size / 20);
  assert.deepEqual((await all()).map(({ n }) => n), [199]);
});
