"use strict";
// Requests are signed with the account's key, as Cosmos DB wants it.

const { createHmac, timingSafeEqual } = require("node:crypto");

/** Whether the request carries a signature made with that key. */
function authorized(request, path, key) {
  const header = decodeURIComponent(request.headers.authorization || "");
  const given = Buffer.from(header.split("&sig=")[1] || "", "base64");
  const { type, link } = resourceOf(path);
  // A link of names is signed whole, one of resource ids by the last of them in lower case.
  return [link, link.split("/").at(-1).toLowerCase()].some((signed) => {
    const expected = signature(request, type, signed, key);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function resourceOf(path) {
  const segments = path === "" ? [] : path.split("/");
  return segments.length % 2 === 1
    ? { type: segments.at(-1), link: segments.slice(0, -1).join("/") }
    : { type: segments.at(-2) || "", link: path };
}

function signature(request, type, link, key) {
  const date = request.headers["x-ms-date"] || request.headers.date || "";
  const parts = [request.method.toLowerCase(), type.toLowerCase(), link, date.toLowerCase(), "", ""];
  return createHmac("sha256", Buffer.from(key, "base64")).update(parts.join("\n")).digest();
}

module.exports = { authorized };
