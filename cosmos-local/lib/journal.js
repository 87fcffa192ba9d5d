"use strict";
// What the endpoint holds, in a file that outlives it: a line of JSON for each change, written
// before the change is answered. After kill -9 all is there; after a loss of power it may not be,
// because nothing is synced.
//
// Each line names its parent by `in` (the parent's _self) and is one of
//   { in, set, count, expires? }   what was put there, how many were created there so far
//   { in, delete, partition }      the id of what went
//   { in, lsn, count }             how far the changes of a container have gone

const { existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } = require("node:fs");
const { join } = require("node:path");
const Items = require("@vercel/cosmosdb-server/lib/account/items").default;
const Databases = require("@vercel/cosmosdb-server/lib/account/databases").default;
const Collections = require("@vercel/cosmosdb-server/lib/account/collections").default;
const Documents = require("@vercel/cosmosdb-server/lib/account/documents").default;
const storage = require("./storage");

const FILE = "journal.ndjson";

let lines = [];
let file;

const parentOf = (items) => items._parent.read()._self;

const kept = (items) => [Databases, Collections, Documents].some((kind) => items instanceof kind);

function record(items, change) {
  if (file !== undefined && kept(items)) {
    lines.push(JSON.stringify({ in: parentOf(items), ...change }));
  }
}

/** Before storage.js builds on the same methods. */
function install() {
  const set = Items.prototype._set;
  Items.prototype._set = function (data) {
    record(this, { set: data, count: this._ridCount, expires: data._expires });
    return set.call(this, data);
  };
  const remove = Items.prototype.delete;
  Items.prototype.delete = function (id, partition) {
    record(this, { delete: id, partition });
    return remove.call(this, id, partition);
  };
}

/** Fills the account with what the directory has, and from here on keeps there what changes. */
function open(directory, account) {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, FILE);
  if (existsSync(path)) replay(readFileSync(path, "utf8"), account);
  const next = `${path}.next`;
  file = openSync(next, "w");
  snapshot(account);
  write();
  renameSync(next, path);
}

/** Writes what has changed; before it is answered. Ends the process where that fails. */
function write() {
  if (lines.length === 0) return;
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  lines = [];
  try {
    for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
  } catch (error) {
    console.error(`cosmos-local: ${FILE} cannot be written: ${error.message}`);
    process.exit(1);
  }
}


// --- Reading

function replay(text, account) {
  const replaced = new Map(); // the package replaces a container by its deletion and its creation
  const end = text.lastIndexOf("\n"); // what is behind it was being written, so nobody was answered
  for (const line of text.slice(0, end).split("\n").filter(Boolean)) {
    const change = JSON.parse(line);
    const items = itemsIn(account, change.in);
    if (change.count !== undefined) items._ridCount = change.count;
    if (change.set && items instanceof Documents) {
      storage.restore(items, change.set, change.expires);
    } else if (change.set) {
      items._set(change.set);
      storage.adopt(items._item("/id", change.set.id, change.set.id), replaced.get(change.set._rid));
    } else if (change.delete !== undefined) {
      const gone = items._item("/id", change.delete, change.partition);
      if (gone.documents && gone.read()) replaced.set(gone.read()._rid, gone.documents);
      if (gone.read()) items.delete(change.delete, change.partition);
    } else {
      storage.goneTo(items, change.lsn);
    }
  }
}

function itemsIn(account, self) {
  const [, , database, , container] = self.split("/");
  if (!database) return account.databases;
  const { collections } = account.database(database);
  return container ? collections._item("/id", container, container).documents : collections;
}

// --- Writing all of it

function snapshot(account) {
  each(account.databases, (database) => {
    each(database.collections, ({ documents }) => {
      const lsn = storage.head(documents);
      storage.inOrderOfChange(documents).forEach((document) => {
        record(documents, { set: document, count: documents._ridCount, expires: document._expires });
      });
      record(documents, { lsn, count: documents._ridCount });
      write();
    });
  });
}

function each(items, then) {
  for (const item of items._data.values()) {
    record(items, { set: item.read(), count: items._ridCount });
    then(item);
  }
}

module.exports = { install, open, write };
