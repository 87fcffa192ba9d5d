"use strict";
// The change feed: the latest version of each document, of one partition range. The etag of an
// answer is the place up to which it goes.

const storage = require("./storage");
const { failure } = require("./handlers");

const DEFAULT_LIMIT = 100;

/** What is asked for with a-im; `container` is the package's. Returns the body, or undefined. */
function readChanges(container, request, response) {
  if (!container.read()) return failure(response, 404, "NotFound");
  const { headers } = request;
  const { documents } = container;
  const limit = parseInt(headers["x-ms-max-item-count"], 10) || DEFAULT_LIMIT;
  const after = startOf(headers["if-none-match"], documents);
  const { found, last } = storage.changes(
    documents,
    after,
    limit > 0 ? limit : Infinity,
    filter(headers, documents),
  );
  response.setHeader("etag", `"${last}"`);
  response.setHeader("x-ms-item-count", String(found.length));
  if (found.length === 0) {
    response.statusCode = 304;
    return undefined;
  }
  const Documents = headers["x-ms-cosmos-changefeed-wire-format-version"]
    ? found.map(withMetadata)
    : found;
  return { _rid: container.read()._rid, Documents, _count: found.length };
}

function startOf(etag, documents) {
  if (etag === "*") return storage.head(documents);
  return etag ? parseInt(etag.replace(/"/g, ""), 10) || 0 : 0;
}

function filter(headers, documents) {
  const header = headers["x-ms-documentdb-partitionkey"];
  const partition = header && storage.partitionOf(header);
  const time = !headers["if-none-match"] && headers["if-modified-since"];
  const since = time ? Math.floor(Date.parse(time) / 1000) : 0;
  return (document) =>
    document._ts >= since && (!partition || documents._getPartition(document) === partition);
}

function withMetadata(document) {
  const metadata = { lsn: document._lsn, crts: document._ts, operationType: "create" };
  return { current: document, metadata };
}

module.exports = { readChanges };
