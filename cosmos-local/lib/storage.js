"use strict";
// How the package keeps documents, corrected: partitions by the whole key, a change log, TTL, undo.

const Documents = require("@vercel/cosmosdb-server/lib/account/documents").default;
const Items = require("@vercel/cosmosdb-server/lib/account/items").default;
const Collections = require("@vercel/cosmosdb-server/lib/account/collections").default;
const partitionHeader = require("@vercel/cosmosdb-server/lib/utils/get-partition-from-header");
const getValue = require("@vercel/cosmosdb-server/lib/utils/get-value").default;

/** A partition's name: the JSON of all components of its key. */
const partitionOf = (header) => JSON.stringify(JSON.parse(header));

const alive = (document) => !(document._expires && document._expires <= Date.now());

function valueAt(path, document) {
  const value = getValue(path.slice(1).split("/"), document);
  return value === undefined ? {} : value;
}

/** What the package does not keep: documents by partition, and changes in order. */
function extras(documents) {
  if (!documents._byPartition) {
    documents._byPartition = new Map();
    documents._lsn = 0;
    documents._log = []; // [lsn, rid], with the lsn rising
    documents._lsnOf = new Map(); // rid to the lsn of its latest change
  }
  return documents;
}

function timeToLive(documents, document) {
  const container = documents._parent.read() || {};
  if (container.defaultTtl === undefined) return 0;
  return typeof document.ttl === "number" ? document.ttl : container.defaultTtl;
}

function keep(documents, document) {
  const ttl = timeToLive(documents, document);
  return put(documents, document, ttl > 0 ? Date.now() + ttl * 1000 : undefined);
}

function put(documents, document, expires) {
  if (expires !== undefined) {
    Object.defineProperty(document, "_expires", { value: expires, enumerable: false, writable: true });
  }
  Items.prototype._set.call(documents, document);
  const partition = documents._getPartition(document);
  if (!documents._byPartition.has(partition)) documents._byPartition.set(partition, new Map());
  documents._byPartition.get(partition).set(document._rid, document);
  documents._lsnOf.set(document._rid, document._lsn);
  return document;
}

function install() {
  partitionHeader.parsePartitionKey = partitionOf;

  Documents.prototype._getPartition = function (document) {
    return JSON.stringify(this._partitionKeyPath.map((path) => valueAt(path, document)));
  };

  Documents.prototype._set = function (document) {
    extras(this);
    document._etag = `"${document._etag}"`;
    document._lsn = ++this._lsn;
    keep(this, document);
    this._log.push([document._lsn, document._rid]);
    return document;
  };

  const remove = Items.prototype.delete;
  Documents.prototype.delete = function (id, partition) {
    extras(this);
    const document = Items.prototype._item.call(this, "/id", id, partition).read();
    if (document) {
      const name = this._getPartition(document);
      const rest = this._byPartition.get(name);
      rest.delete(document._rid);
      if (rest.size === 0) this._byPartition.delete(name);
      this._lsnOf.delete(document._rid);
    }
    return remove.call(this, id, partition);
  };

  const item = Items.prototype._item;
  Documents.prototype._item = function (path, value, partition) {
    const found = item.call(this, path, value, partition);
    const document = found.read();
    if (document && !alive(document)) {
      document._expires = 0; // or looking for it to delete it would come back here
      this.delete(document.id, this._getPartition(document));
      return this._newItem();
    }
    return found;
  };

  Documents.prototype.query = function (statement, { maxItemCount, continuation, partition }) {
    const container = this._parent.read();
    if (!container) return null;
    try {
      return this._getQuery(statement.query).exec(linear(inPartition(this, partition)), {
        parameters: statement.parameters,
        udf: this._userDefinedFunctions(),
        maxItemCount,
        continuation,
        compositeIndexes: (container.indexingPolicy || {}).compositeIndexes || [],
      });
    } catch (error) {
      error.badRequest = true;
      throw error;
    }
  };

  // A container that is replaced keeps its documents.
  const replace = Collections.prototype.replace;
  Collections.prototype.replace = function (container, original) {
    const documents = this._item("/id", original.id, original.id).documents;
    const replaced = replace.call(this, container, original);
    adopt(this._item("/id", replaced.id, replaced.id), documents);
    return replaced;
  };
}

/**
 * A compiled query gathers its documents with a reduce that copies the array for each of them:
 * minutes for the 25,000 members of a channel. This one gathers the same, and copies once.
 */
function linear(documents) {
  documents.reduce = (gather, none) => documents.flatMap((document) => gather(none, document));
  return documents;
}

/** The documents of a partition, of all that begin with a partial key, or of all. */
function inPartition(documents, partition) {
  const { _byPartition: all, _partitionKeyPath: paths } = extras(documents);
  let chosen;
  if (!partition) {
    chosen = [...all.values()];
  } else {
    const key = JSON.parse(partition);
    chosen =
      key.length === paths.length
        ? [all.get(partition) || new Map()]
        : [...all].filter(([name]) => beginsWith(JSON.parse(name), key)).map(([, rest]) => rest);
  }
  return chosen.flatMap((some) => [...some.values()]).filter(alive);
}

const beginsWith = (key, prefix) => prefix.every((component, i) => key[i] === component);

const read = (documents, id, partition) => documents._item("/id", id, partition).read();

/** Returns what takes back all changes made to the document and the log since this was called. */
function savepoint(documents, id, partition) {
  const { _log: log } = extras(documents);
  const before = read(documents, id, partition);
  const length = log.length;
  return () => {
    if (read(documents, id, partition)) documents.delete(id, partition);
    log.length = length;
    if (before) keep(documents, before);
  };
}

/** The latest version of what has changed behind `after`, in the order of the changes. */
function changes(documents, after, limit, accepts) {
  const { _log: log, _lsnOf: latest } = extras(documents);
  const found = [];
  let last = after;
  for (let i = firstBehind(log, after); i < log.length && found.length < limit; i++) {
    const [lsn, rid] = log[i];
    last = lsn;
    if (latest.get(rid) !== lsn) continue;
    const document = documents._data.get(rid).read();
    if (alive(document) && accepts(document)) found.push(document);
  }
  return { found, last };
}

function firstBehind(log, lsn) {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (log[middle][0] <= lsn) low = middle + 1;
    else high = middle;
  }
  return low;
}

const head = (documents) => extras(documents)._lsn;

/** Gives a container the documents, if any, of the one that it replaces. */
function adopt(container, documents) {
  if (documents) {
    documents._parent = container;
    container.documents = documents;
  }
}

// --- What a process that has ended kept

const inOrderOfChange = (documents) =>
  [...documents._data.values()].map((item) => item.read()).sort((a, b) => a._lsn - b._lsn);

/** Keeps a document again, as it was kept then. */
function restore(documents, document, expires) {
  extras(documents);
  put(documents, document, expires);
  if (document._lsn > documents._lsn) {
    documents._lsn = document._lsn;
    documents._log.push([document._lsn, document._rid]);
  }
}

/** The changes have gone as far as that, whatever is left of them. */
function goneTo(documents, lsn) {
  documents._lsn = Math.max(head(documents), lsn);
}

module.exports = { install, partitionOf, read, savepoint, changes, head, adopt, inOrderOfChange, restore, goneTo };
