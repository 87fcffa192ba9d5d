"use strict";
// The package's handlers that answer otherwise than Cosmos DB does, replaced.
// Each reads its body first and then runs to its end at once, so no two requests interleave.

const json = require("@vercel/cosmosdb-server/lib/json").default;
const operations = require("@vercel/cosmosdb-server/lib/handler/_document-operations");
const patches = require("@vercel/cosmosdb-server/lib/handler/_patch-operations");
const readItems = require("@vercel/cosmosdb-server/lib/handler/_read-items").default;
const storage = require("./storage");

const ITEM_LIMIT = 2 * 1024 * 1024;
const PARTITION = "x-ms-documentdb-partitionkey";

function failure(response, status, code, message = code) {
  response.statusCode = status;
  return { code, message };
}

function answer(response, result) {
  response.statusCode = result.statusCode;
  return result.body;
}

const containerOf = (account, { dbId, collId }) => account.database(dbId).collection(collId);

/** The URI of the endpoint is known only when it listens. */
function readAccount(options) {
  return (account) => {
    const location = [{ name: "Local", databaseAccountEndpoint: options.endpoint }];
    return {
      ...account.read(),
      writableLocations: location,
      readableLocations: location,
      enableNRegionSynchronousCommit: false,
      userConsistencyPolicy: { defaultConsistencyLevel: options.consistency },
    };
  };
}

function readDocument(account, request, response, params) {
  const container = containerOf(account, params);
  if (!container.read()) return failure(response, 404, "NotFound");
  const partition = storage.partitionOf(request.headers[PARTITION]);
  const document = storage.read(container.documents, params.docId, partition);
  if (!document) return failure(response, 404, "NotFound");
  if (request.headers["if-none-match"] === document._etag) {
    response.statusCode = 304;
    return undefined;
  }
  return document;
}

function writeDocument(operation) {
  return async (account, request, response, params) => {
    const resourceBody = await json(request);
    const container = containerOf(account, params);
    if (!container.read()) return failure(response, 404, "NotFound");
    if (Number(request.headers["content-length"]) > ITEM_LIMIT) {
      return failure(response, 413, "RequestEntityTooLarge");
    }
    const partitionKey = container.documents._getPartition(resourceBody);
    const header = request.headers[PARTITION];
    if (header && storage.partitionOf(header) !== partitionKey) {
      return failure(response, 400, "BadRequest", "The partition key in the header is not the document's");
    }
    const ifMatch = request.headers["if-match"];
    return answer(response, operation(container, { partitionKey, ifMatch, resourceBody }));
  };
}

/** The package lower-cases a patch's filter and looks for it in every partition. */
function fulfils(documents, id, partition, condition) {
  if (!condition) return true;
  const where = /^\s*(select\s+\*\s+)?from\s+(\w+)\s+where\s+/i;
  const query = `${condition.replace(where, (all, select, alias) => `SELECT * FROM ${alias} WHERE ${alias}.id = @__id AND (`)})`;
  const parameters = [{ name: "@__id", value: id }];
  return documents.query({ query, parameters }, { partition }).result.length > 0;
}

async function patchDocument(account, request, response, params) {
  const body = await json(request);
  const container = containerOf(account, params);
  const partitionKey = storage.partitionOf(request.headers[PARTITION]);
  if (!container.read() || !storage.read(container.documents, params.docId, partitionKey)) {
    return failure(response, 404, "NotFound");
  }
  if (!fulfils(container.documents, params.docId, partitionKey, body.condition)) {
    return failure(response, 412, "PreconditionFailed");
  }
  const result = patches.patchOperation(container, {
    id: params.docId,
    partitionKey,
    ifMatch: request.headers["if-match"],
    operations: body.operations || body,
  });
  return answer(response, result);
}

/** There is one partition range, so the query itself is the plan. */
function planOf(query) {
  return {
    partitionedQueryExecutionInfoVersion: 2,
    queryInfo: {
      distinctType: "None",
      top: null,
      offset: null,
      limit: null,
      orderBy: [],
      orderByExpressions: [],
      groupByExpressions: [],
      groupByAliases: [],
      aggregates: [],
      groupByAliasToAggregateType: {},
      rewrittenQuery: "",
      hasSelectValue: /^\s*select\s+(distinct\s+|top\s+\S+\s+)*value\b/i.test(query),
      dCountInfo: null,
    },
    queryRanges: [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
  };
}

async function queryDocuments(account, request, response, params) {
  const body = await json(request);
  if (request.headers["x-ms-cosmos-is-query-plan-request"]) return planOf(body.query);
  const header = request.headers[PARTITION];
  const partition = header && storage.partitionOf(header);
  return readItems(request, response, "Documents", ({ continuation, maxItemCount }) => {
    const limit = maxItemCount > 0 ? maxItemCount : null;
    try {
      return containerOf(account, params).documents.query(body, {
        continuation,
        maxItemCount: limit,
        partition,
      });
    } catch (error) {
      return failure(response, 400, "BadRequest", error.message);
    }
  });
}

function runOperation(container, operation, id, partitionKey) {
  const input = { ...operation, id, partitionKey };
  const documents = container.documents;
  const places = ["Create", "Upsert"].includes(operation.operationType);
  if (places && documents._getPartition(operation.resourceBody) !== partitionKey) {
    return { statusCode: 400 };
  }
  switch (operation.operationType) {
    case "Create":
      return operations.createOperation(container, input);
    case "Upsert":
      return operations.upsertOperation(container, input);
    case "Read":
      return operations.readOperation(container, input);
    case "Delete":
      return operations.deleteOperation(container, input);
    case "Replace":
      return operations.replaceOperation(container, input);
    case "Patch": {
      const { condition, operations: steps } = operation.resourceBody;
      if (storage.read(documents, id, partitionKey) && !fulfils(documents, id, partitionKey, condition)) {
        return { statusCode: 412 };
      }
      return patches.patchOperation(container, { ...input, operations: steps });
    }
    default:
      return { statusCode: 400 };
  }
}

/** Atomic: all of it or nothing. Else bulk: each for itself. */
async function batchDocuments(account, request, response, params) {
  const body = await json(request);
  const container = containerOf(account, params);
  if (!container.read()) return failure(response, 404, "NotFound");
  const atomic = request.headers["x-ms-cosmos-batch-atomic"] === "true";
  const goOn = !atomic && request.headers["x-ms-cosmos-batch-continue-on-error"] !== "false";
  const undo = [];
  const results = [];
  let failed = -1;
  body.forEach((operation, i) => {
    if (failed >= 0 && !goOn) {
      results.push({ statusCode: 424, requestCharge: 0 });
      return;
    }
    const partition = storage.partitionOf(operation.partitionKey || request.headers[PARTITION]);
    const id = operation.id || (operation.resourceBody || {}).id;
    const takeBack = storage.savepoint(container.documents, id, partition);
    const { statusCode, body: resourceBody } = runOperation(container, operation, id, partition);
    if (statusCode >= 400) {
      if (failed < 0) failed = i;
      results.push({ statusCode, requestCharge: 0 });
      return;
    }
    undo.push(takeBack);
    const eTag = resourceBody && resourceBody._etag;
    results.push({ statusCode, requestCharge: 1, eTag, resourceBody });
  });
  if (failed >= 0) response.statusCode = 207;
  if (failed < 0 || !atomic) return results;
  undo.reverse().forEach((takeBack) => takeBack());
  return results.map((result, i) => (i === failed ? result : { statusCode: 424, requestCharge: 0 }));
}

/** Before the package's routes are loaded, which keep what they find here. */
function install(options) {
  const replacements = {
    "read-meta": readAccount(options),
    "read-document": readDocument,
    "create-document": writeDocument(operations.createOperation),
    "upsert-document": writeDocument(operations.upsertOperation),
    "patch-document": patchDocument,
    "query-documents": queryDocuments,
    "batch-documents": batchDocuments,
  };
  for (const [name, handler] of Object.entries(replacements)) {
    require(`@vercel/cosmosdb-server/lib/handler/${name}`).default = handler;
  }
}

module.exports = { install, failure };
