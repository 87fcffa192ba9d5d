"use strict";
// The front of the local Cosmos endpoint: arguments, authorization, faults, headers.

const { Readable } = require("node:stream");
const { parseArgs } = require("node:util");
const journal = require("./lib/journal");
const storage = require("./lib/storage");
const handlers = require("./lib/handlers");
const { authorized } = require("./lib/authorization");
const { readChanges } = require("./lib/change-feed");
const { Faults } = require("./lib/faults");

const USAGE = `Usage: ./start [--port 8081] [--key BASE64] [--consistency Strong]
               [--data-dir DIRECTORY] [--with-parent]

  --port         on the loopback interface; 0 takes a free one
  --key          the account's key; default is the one that all emulators have
  --consistency  the account's default consistency, as clients are told
  --data-dir     where what it holds outlives it; without, it is in memory alone
  --with-parent  end when the standard input does

Prints "ready http://127.0.0.1:PORT/" when it answers.`;

/** The substatus of a 404 where the container or the database is not there. */
const NO_OWNER = "1003";

const KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "8081" },
        key: { type: "string", default: KEY },
        consistency: { type: "string", default: "Strong" },
        "data-dir": { type: "string" },
        "with-parent": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`cosmos-local: ${error.message}\n\n${USAGE}`);
    process.exit(1);
  }
}

const options = readArguments();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}

journal.install();
storage.install();
handlers.install(options);
// Only now: it keeps the handlers that it finds.
const routes = require("@vercel/cosmosdb-server/lib/routes").default;
const Account = require("@vercel/cosmosdb-server/lib/account").default;
const { createServer } = require("node:http");
const { randomUUID } = require("node:crypto");

const faults = new Faults();
let account;
let requests = Date.now() * 1000; // goes on where a process before this one was, or behind it

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    send(response, 500, { code: "InternalServerError", message: error.message });
  });
});

async function handle(request, response) {
  const path = decodeURIComponent(request.url.split("?")[0]).replace(/^\/+|\/+$/g, "");
  if (path === "_local/faults") {
    await administer(request, response);
    return;
  }
  if (!authorized(request, path, options.key)) {
    send(response, 401, { code: "Unauthorized", message: "the signature is not the key's" });
    return;
  }
  const segments = path.split("/");
  await (segments[4] === "docs" ? answerOrFail(request, response, segments) : answer(request, response, segments));
}

/** Answers a request for documents, unless a fault ends it first. */
async function answerOrFail(request, response, segments) {
  const target = targetOf(request, segments);
  const before = new Set();
  let asked = request;
  for (let fault = faults.strike(target, before); fault; fault = faults.strike(target, before)) {
    before.add(fault);
    switch (fault.kind) {
      case "throttle":
        response.setHeader("x-ms-retry-after-ms", String(fault.retryAfterMs ?? 10));
        response.setHeader("x-ms-substatus", "3200");
        send(response, 429, { code: "TooManyRequests", message: "Request rate is large" });
        return;
      case "refuse":
        send(response, fault.status ?? 503, { code: "Refused", message: "refused by a fault" });
        return;
      case "drop":
        request.socket.destroy();
        return;
      case "stall":
        asked = await received(asked);
        await faults.hold(fault);
        break;
      default: // lose
        response.end = () => request.socket.destroy();
    }
  }
  await answer(asked, response, segments);
}

function targetOf(request, [, database, , container]) {
  const write = request.method !== "GET" && !isQuery(request);
  const key = request.headers["x-ms-documentdb-partitionkey"];
  return { database, container, partition: key && String(JSON.parse(key)[0]), write };
}

/** The same request with its body in memory: it can be answered after its sender has gone. */
async function received(request) {
  const { method, url, headers } = request;
  return Object.assign(Readable.from([await bytes(request)]), { method, url, headers });
}

const isQuery = ({ headers }) =>
  Boolean(headers["x-ms-cosmos-is-query-plan-request"]) ||
  headers["content-type"] === "application/query+json" ||
  /^true$/i.test(headers["x-ms-documentdb-isquery"] || "");

async function answer(request, response, segments) {
  requests++;
  response.setHeader("lsn", String(requests));
  if (segments[2] === "colls") {
    const link = segments.slice(0, segments[4] === "docs" ? 4 : 2).join("/");
    response.setHeader("x-ms-session-token", `0:-1#${requests}`);
    response.setHeader("x-ms-alt-content-path", link);
  }
  if (request.method === "GET" && segments[4] === "docs" && request.headers["a-im"]) {
    const container = account.database(segments[1]).collection(segments[3]);
    const body = readChanges(container, request, response);
    sayWhatIsMissing(response, segments);
    send(response, response.statusCode, body);
    return;
  }
  const route = routes(request);
  if (!route) {
    send(response, 400, { code: "BadRequest", message: `no route for ${request.method} ${request.url}` });
    return;
  }
  const [params, handler] = route;
  const body = await handler(account, request, response, params);
  sayWhatIsMissing(response, segments);
  if (body && body._etag) response.setHeader("etag", body._etag);
  if (request.headers["a-im"] && response.statusCode === 200) {
    // Partition ranges, which never change here.
    if (request.headers["if-none-match"]) response.statusCode = 304;
    response.setHeader("etag", "1");
  }
  send(response, response.statusCode, body);
}

/** A 404 is of what was asked for, or of the container or database that it would be in. */
function sayWhatIsMissing(response, [, database, , container, below]) {
  if (response.statusCode !== 404 || container === undefined) return;
  const home = account.database(database);
  const present = below === undefined ? home.read() : home.read() && home.collection(container).read();
  if (!present) response.setHeader("x-ms-substatus", NO_OWNER);
}

function send(response, status, body) {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.setHeader("x-ms-activity-id", randomUUID());
  response.setHeader("x-ms-request-charge", "1");
  journal.write();
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** GET tells the faults, POST adds one, DELETE ends them all. */
async function administer(request, response) {
  try {
    if (request.method === "POST") faults.add(JSON.parse(await bytes(request)));
    else if (request.method === "DELETE") {
      faults.heal(new URL(request.url, options.endpoint).searchParams.get("name"));
    }
    send(response, 200, faults.report());
  } catch (error) {
    send(response, 400, { message: error.message });
  }
}

async function bytes(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

server.keepAliveTimeout = 120_000; // longer than clients keep a connection that they do not use
server.on("error", (error) => {
  console.error(`cosmos-local: port ${options.port} cannot be used (${error.code})`);
  process.exit(1);
});
server.listen(Number(options.port), "127.0.0.1", () => {
  const { port } = server.address();
  options.endpoint = `http://127.0.0.1:${port}/`;
  account = new Account("127.0.0.1", port);
  if (options["data-dir"]) {
    journal.open(options["data-dir"], account);
  }
  console.log(`ready ${options.endpoint}`);
});
if (options["with-parent"]) {
  process.stdin.on("end", () => process.exit(0)).resume();
}
process.on("SIGTERM", () => process.exit(0));
process.on("SIGINT", () => process.exit(0));
