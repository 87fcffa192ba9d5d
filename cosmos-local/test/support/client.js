"use strict";
// A client that knows what goes over the wire, and the endpoint as a process.

const { spawn } = require("node:child_process");
const { createHmac } = require("node:crypto");
const { once } = require("node:events");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

const KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

/** Starts the endpoint on a free port. */
async function start(...args) {
  const server = join(__dirname, "..", "..", "server.js");
  const child = spawn(process.execPath, [server, "--port", "0", "--with-parent", ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const endpoint = line.replace("ready ", "");
  const stop = async () => {
    child.kill();
    await once(child, "exit");
  };
  return { endpoint, child, stop };
}

function sign(method, path, date, key) {
  const segments = path === "" ? [] : path.split("/");
  const odd = segments.length % 2 === 1;
  const type = odd ? segments.at(-1) : segments.at(-2) || "";
  const link = odd ? segments.slice(0, -1).join("/") : path;
  const text = `${method.toLowerCase()}\n${type}\n${link}\n${date.toLowerCase()}\n\n`;
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  return encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
}

/** Requests to one endpoint; `documents` is the path of those of one container. */
class Client {
  constructor(endpoint, key = KEY) {
    this.endpoint = endpoint;
    this.key = key;
    this.documents = "dbs/d/colls/c/docs";
  }

  async call(method, path, { body, headers = {}, partition, signal } = {}) {
    const date = new Date().toUTCString();
    const response = await fetch(this.endpoint + path, {
      method,
      signal,
      headers: {
        "x-ms-date": date,
        authorization: sign(method, path, date, this.key),
        ...(partition && { "x-ms-documentdb-partitionkey": JSON.stringify(partition) }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
  }

  /** Creates the container anew, with that partition key. */
  async container(paths = ["/p"], more = {}) {
    await this.call("DELETE", "dbs/d");
    await this.call("POST", "dbs", { body: { id: "d" } });
    const kind = paths.length > 1 ? "MultiHash" : "Hash";
    return this.call("POST", "dbs/d/colls", {
      body: { id: "c", partitionKey: { paths, kind, version: 2 }, ...more },
    });
  }

  create(document, partition = [document.p], headers = {}, signal = undefined) {
    return this.call("POST", this.documents, { body: document, partition, headers, signal });
  }

  upsert(document, partition = [document.p]) {
    return this.create(document, partition, { "x-ms-documentdb-is-upsert": "true" });
  }

  read(id, partition) {
    return this.call("GET", `${this.documents}/${id}`, { partition });
  }

  query(query, partition, parameters = []) {
    const headers = { "content-type": "application/query+json", "x-ms-documentdb-isquery": "true" };
    return this.call("POST", this.documents, { body: { query, parameters }, partition, headers });
  }

  batch(operations, partition, atomic = true) {
    const headers = {
      "x-ms-cosmos-is-batch-request": "true",
      "x-ms-cosmos-batch-atomic": String(atomic),
      "x-ms-cosmos-batch-continue-on-error": String(!atomic),
    };
    return this.call("POST", this.documents, { body: operations, partition, headers });
  }

  patch(id, partition, body) {
    return this.call("PATCH", `${this.documents}/${id}`, { body, partition });
  }

  /** What has changed behind the etag, and the next etag. */
  async changes(etag, headers = {}) {
    const condition = etag ? { "if-none-match": etag } : {};
    const { status, headers: answered, body } = await this.call("GET", this.documents, {
      headers: { "a-im": "Incremental feed", ...condition, ...headers },
    });
    return { status, etag: answered.get("etag"), documents: body ? body.Documents : [] };
  }

  async fault(fault) {
    const response = await fetch(`${this.endpoint}_local/faults`, {
      method: "POST",
      body: JSON.stringify(fault),
    });
    return { status: response.status, body: await response.json() };
  }

  async heal(name) {
    await fetch(`${this.endpoint}_local/faults${name ? `?name=${name}` : ""}`, { method: "DELETE" });
  }

  async faults() {
    return (await fetch(`${this.endpoint}_local/faults`)).json();
  }
}

module.exports = { start, Client, KEY };
