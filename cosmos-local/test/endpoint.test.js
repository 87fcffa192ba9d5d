"use strict";
const { after, before, beforeEach, test } = require("node:test");
const assert = require("node:assert/strict");
const { once } = require("node:events");
const { start, Client } = require("./support/client");

let local;
let client;
before(async () => {
  local = await start();
});
after(() => local.stop());
beforeEach(async () => {
  client = new Client(local.endpoint);
  assert.equal((await client.container()).status, 201);
});

const ids = (documents) => documents.map(({ id }) => id);

test("the account says its consistency, its place, and that it knows no synchronous commit", async () => {
  const { body } = await client.call("GET", "");
  assert.equal(body.userConsistencyPolicy.defaultConsistencyLevel, "Strong");
  assert.equal(body.enableNRegionSynchronousCommit, false);
  assert.equal(body.writableLocations[0].databaseAccountEndpoint, local.endpoint);
});

test("the consistency is an argument", async () => {
  const session = await start("--consistency", "Session");
  try {
    const { body } = await new Client(session.endpoint).call("GET", "");
    assert.equal(body.userConsistencyPolicy.defaultConsistencyLevel, "Session");
  } finally {
    await session.stop();
  }
});

test("it ends with its parent, and refuses a port that is in use", async () => {
  const child = await start();
  child.child.stdin.end();
  assert.deepEqual(await once(child.child, "exit"), [0, null]);
  const { spawn } = require("node:child_process");
  const { join } = require("node:path");
  const port = new URL(local.endpoint).port;
  const second = spawn(process.execPath, [join(__dirname, "..", "server.js"), "--port", port]);
  assert.deepEqual(await once(second, "exit"), [1, null]);
});

test("a request that is not signed with the key is 401", async () => {
  assert.equal((await new Client(local.endpoint, "d3Jvbmc=").call("GET", "")).status, 401);
  assert.equal((await fetch(local.endpoint)).status, 401);
});

test("a query plan passes the query through, and says whether it selects values", async () => {
  const headers = { "x-ms-cosmos-is-query-plan-request": "True", "content-type": "application/query+json" };
  const plan = async (query) => (await client.call("POST", client.documents, { body: { query }, headers })).body;
  assert.equal((await plan("SELECT VALUE c.id FROM c")).queryInfo.hasSelectValue, true);
  assert.equal((await plan("SELECT * FROM c")).queryInfo.hasSelectValue, false);
  assert.deepEqual((await plan("SELECT * FROM c")).queryRanges[0].max, "FF");
});

test("what is not there is 404", async () => {
  assert.equal((await client.read("none", ["x"])).status, 404);
  const elsewhere = "dbs/d/colls/none/docs";
  assert.equal((await client.call("GET", `${elsewhere}/a`, { partition: ["x"] })).status, 404);
  assert.equal((await client.call("POST", elsewhere, { body: { id: "a" }, partition: ["x"] })).status, 404);
  assert.equal((await client.patch("none", ["x"], { operations: [] })).status, 404);
});

test("a 404 tells a missing container or database from a missing document", async () => {
  const substatus = async (answer) => {
    const { status, headers } = await answer;
    assert.equal(status, 404);
    return headers.get("x-ms-substatus");
  };
  const partition = ["x"];
  const body = { id: "a", p: "x" };
  const query = { "content-type": "application/query+json", "x-ms-documentdb-isquery": "true" };
  assert.equal(await substatus(client.read("none", partition)), null);
  assert.equal(await substatus(client.patch("none", partition, { operations: [] })), null);
  assert.equal(await substatus(client.call("GET", "dbs/d/colls/none")), null);
  for (const documents of ["dbs/d/colls/none/docs", "dbs/none/colls/c/docs"]) {
    assert.equal(await substatus(client.call("GET", `${documents}/a`, { partition })), "1003");
    assert.equal(await substatus(client.call("POST", documents, { body, partition })), "1003");
    assert.equal(await substatus(client.call("PUT", `${documents}/a`, { body, partition })), "1003");
    const select = { body: { query: "SELECT * FROM c" }, partition, headers: query };
    assert.equal(await substatus(client.call("POST", documents, select)), "1003");
    assert.equal(await substatus(client.call("GET", documents, { headers: { "a-im": "Incremental feed" } })), "1003");
  }
  assert.equal(await substatus(client.call("GET", "dbs/none/colls/c")), "1003");
});

test("a document is created once in its partition", async () => {
  assert.equal((await client.create({ id: "a", p: "x" })).status, 201);
  assert.equal((await client.create({ id: "a", p: "x" })).status, 409);
  assert.equal((await client.create({ id: "a", p: "y" })).status, 201);
  assert.equal((await client.read("a", ["x"])).body.p, "x");
});

test("of many creates at once one wins", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) => client.create({ id: "a", p: "x", number })),
  );
  const won = answers.filter(({ status }) => status === 201);
  assert.equal(won.length, 1);
  assert.equal(answers.filter(({ status }) => status === 409).length, 19);
  assert.equal((await client.read("a", ["x"])).body.number, won[0].body.number);
});

test("the partition key in the header must be the document's", async () => {
  assert.equal((await client.create({ id: "a", p: "x" }, ["y"])).status, 400);
  assert.equal((await client.upsert({ id: "a", p: "x" }, ["y"])).status, 400);
  assert.equal((await client.read("a", ["x"])).status, 404);
});

test("a partition key has several parts where the container says so", async () => {
  await client.container(["/p", "/q"]);
  assert.equal((await client.create({ id: "a", p: "x", q: 1 }, ["x", 1])).status, 201);
  assert.equal((await client.create({ id: "a", p: "x", q: 2 }, ["x", 2])).status, 201);
  assert.equal((await client.read("a", ["x", 2])).body.q, 2);
  assert.equal((await client.query("SELECT * FROM c", ["x", 1])).body.Documents.length, 1);
});

test("a document over 2 MB is 413", async () => {
  const text = "x".repeat(2 * 1024 * 1024);
  assert.equal((await client.create({ id: "a", p: "x", text })).status, 413);
});

test("an etag is quoted, guards a write, and spares a read", async () => {
  const { body } = await client.create({ id: "a", p: "x" });
  assert.match(body._etag, /^".+"$/);
  const unchanged = await client.call("GET", `${client.documents}/a`, {
    partition: ["x"],
    headers: { "if-none-match": body._etag },
  });
  assert.equal(unchanged.status, 304);
  const replace = (etag) =>
    client.call("PUT", `${client.documents}/a`, {
      body: { id: "a", p: "x", n: 2 },
      partition: ["x"],
      headers: { "if-match": etag },
    });
  assert.equal((await replace(body._etag)).status, 200);
  assert.equal((await replace(body._etag)).status, 412);
});

test("a query is of one partition, in order, with parameters", async () => {
  for (const n of [3, 1, 2]) await client.create({ id: `a${n}`, p: "x", n, tags: [`t${n}`] });
  await client.create({ id: "b", p: "y", n: 9, tags: ["t1"] });
  const { body } = await client.query(
    "SELECT * FROM c WHERE c.n >= @from ORDER BY c.n ASC", ["x"], [{ name: "@from", value: 2 }]);
  assert.deepEqual(ids(body.Documents), ["a2", "a3"]);
  const top = await client.query("SELECT TOP 1 c.n FROM c ORDER BY c.n DESC", ["x"]);
  assert.deepEqual(top.body.Documents, [{ n: 3 }]);
  const tagged = await client.query("SELECT * FROM c WHERE ARRAY_CONTAINS(c.tags, @t)", ["x"], [{ name: "@t", value: "t1" }]);
  assert.deepEqual(ids(tagged.body.Documents), ["a1"]);
  assert.equal((await client.query("SELECT * FROM c")).body.Documents.length, 4);
  assert.equal((await client.query("SELECT nonsense FROM", ["x"])).status, 400);
});

test("an atomic batch that fails leaves no trace, in the feed neither", async () => {
  await client.create({ id: "old", p: "x", n: 1 });
  const { etag } = await client.changes();
  const { status, body } = await client.batch(
    [
      { operationType: "Upsert", resourceBody: { id: "old", p: "x", n: 2 } },
      { operationType: "Create", resourceBody: { id: "new", p: "x" } },
      { operationType: "Delete", id: "old" },
      { operationType: "Create", resourceBody: { id: "new", p: "x" } },
      { operationType: "Create", resourceBody: { id: "never", p: "x" } },
    ],
    ["x"],
  );
  assert.equal(status, 207);
  assert.deepEqual(body.map(({ statusCode }) => statusCode), [424, 424, 424, 409, 424]);
  assert.equal((await client.read("old", ["x"])).body.n, 1);
  assert.equal((await client.read("new", ["x"])).status, 404);
  assert.equal((await client.changes(etag)).status, 304);
  assert.deepEqual(ids((await client.changes()).documents), ["old"]);
});

test("an atomic batch that succeeds is there as a whole", async () => {
  const { status, body } = await client.batch(
    [
      { operationType: "Create", resourceBody: { id: "a", p: "x" } },
      { operationType: "Create", resourceBody: { id: "b", p: "x" } },
      { operationType: "Read", id: "a" },
    ],
    ["x"],
  );
  assert.equal(status, 200);
  assert.deepEqual(body.map(({ statusCode }) => statusCode), [201, 201, 200]);
  assert.equal((await client.read("b", ["x"])).status, 200);
});

test("in a bulk each operation is for itself, in its own partition", async () => {
  const operation = (id, p) => ({ operationType: "Create", partitionKey: JSON.stringify([p]), resourceBody: { id, p } });
  const { status, body } = await client.batch([operation("a", "x"), operation("a", "x"), operation("a", "y")], undefined, false);
  assert.equal(status, 207);
  assert.deepEqual(body.map(({ statusCode }) => statusCode), [201, 409, 201]);
});

test("a patch has its condition evaluated in its own partition, with its case", async () => {
  await client.create({ id: "a", p: "x", State: "Open" });
  await client.create({ id: "a", p: "y", State: "Closed" });
  const close = { condition: "from c where c.State = 'Open'", operations: [{ op: "set", path: "/State", value: "Closed" }] };
  assert.equal((await client.patch("a", ["y"], close)).status, 412);
  assert.equal((await client.patch("a", ["x"], close)).status, 200);
  assert.equal((await client.patch("a", ["x"], close)).status, 412);
  assert.equal((await client.read("a", ["x"])).body.State, "Closed");
});

test("the change feed has the latest of each document, in order, and then 304", async () => {
  for (const id of ["a", "b", "c"]) await client.create({ id, p: "x" });
  await client.upsert({ id: "a", p: "x", n: 2 });
  const first = await client.changes(undefined, { "x-ms-max-item-count": "2" });
  assert.deepEqual(ids(first.documents), ["b", "c"]);
  const second = await client.changes(first.etag);
  assert.deepEqual(second.documents.map(({ id, n }) => [id, n]), [["a", 2]]);
  assert.equal((await client.changes(second.etag)).status, 304);
  await client.create({ id: "d", p: "y" });
  assert.deepEqual(ids((await client.changes(second.etag)).documents), ["d"]);
});

test("the change feed begins now with *, and has metadata in its wire format", async () => {
  await client.create({ id: "a", p: "x" });
  const now = await client.changes("*");
  assert.equal(now.status, 304);
  await client.create({ id: "b", p: "x" });
  const { documents } = await client.changes(now.etag, { "x-ms-cosmos-changefeed-wire-format-version": "2021-09-15" });
  assert.equal(documents[0].current.id, "b");
  assert.equal(typeof documents[0].metadata.lsn, "number");
});

test("answers carry a session token and the container's path", async () => {
  const { headers } = await client.create({ id: "a", p: "x" });
  assert.match(headers.get("x-ms-session-token"), /^0:-1#\d+$/);
  assert.equal(headers.get("x-ms-alt-content-path"), "dbs/d/colls/c");
  assert.ok(Number(headers.get("x-ms-request-charge")) > 0);
});

test("a document lives as long as its ttl", async () => {
  await client.container(["/p"], { defaultTtl: -1 });
  await client.create({ id: "short", p: "x", ttl: 1 });
  await client.create({ id: "long", p: "x" });
  let status = 200;
  for (let i = 0; i < 100 && status === 200; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    ({ status } = await client.read("short", ["x"]));
  }
  assert.equal(status, 404);
  assert.deepEqual(ids((await client.query("SELECT * FROM c", ["x"])).body.Documents), ["long"]);
  assert.deepEqual(ids((await client.changes()).documents), ["long"]);
  assert.equal((await client.create({ id: "short", p: "x" })).status, 201);
});

test("a container that is replaced keeps its documents", async () => {
  await client.create({ id: "a", p: "x" });
  const body = { id: "c", partitionKey: { paths: ["/p"], kind: "Hash", version: 2 }, defaultTtl: -1 };
  assert.equal((await client.call("PUT", "dbs/d/colls/c", { body })).status, 200);
  assert.equal((await client.read("a", ["x"])).status, 200);
  assert.equal((await client.call("GET", "dbs/d/colls/c")).body.defaultTtl, -1);
});
