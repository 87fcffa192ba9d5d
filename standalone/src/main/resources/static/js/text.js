/** Words and numbers as people read them. No DOM. */

const TONES = 10;
const MINUTE = 60_000;
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
});
const fullDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

/** What the server takes as an id. */
export const ID = /^[A-Za-z0-9._~-]{1,64}$/;

/** The server's limit of a message's body, in bytes. */
export const BODY_BYTES = 28 * 1024;

export const clock = (at) => time.format(new Date(at));
export const fullTime = (at) => full.format(new Date(at));

/** A key that is equal for two moments of the same local day. */
export const dayKey = (at) => new Date(at).toDateString();

function daysAgo(at, now) {
  const start = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  return Math.round((start(now) - start(at)) / (24 * 60 * MINUTE));
}

/** "Today", "Yesterday", "Monday, 2 March", or with the year. */
export function dayLabel(at, now = Date.now()) {
  const days = daysAgo(at, now);
  if (days === 0) {
    return 'Today';
  }
  if (days === 1) {
    return 'Yesterday';
  }
  return (days < 300 ? longDay : fullDay).format(new Date(at));
}

/** Short: the time today, the weekday within a week, else the date. */
export function shortTime(at, now = Date.now()) {
  const days = daysAgo(at, now);
  if (days <= 0) {
    return clock(at);
  }
  if (days === 1) {
    return 'Yesterday';
  }
  return (days < 7 ? weekday : day).format(new Date(at));
}

/** Whether two messages stand together under one name: same author, within 5 minutes. */
export function together(earlier, later) {
  return (
    earlier.by === later.by &&
    !earlier.deleted &&
    dayKey(earlier.at) === dayKey(later.at) &&
    new Date(later.at) - new Date(earlier.at) < 5 * MINUTE
  );
}

/** One or two letters for an avatar. */
export function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? words[0][0] + words.at(-1)[0] : (words[0] ?? '?').slice(0, 2);
  return letters.toUpperCase();
}

/** A colour's number for a name, always the same. */
export function tone(name) {
  let hash = 7;
  for (const character of name) {
    hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  }
  return hash % TONES;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export function bytes(size) {
  if (size < 1024) {
    return `${size} B`;
  }
  const kib = size / 1024;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

export const sizeOf = (text) => new TextEncoder().encode(text).length;

const TOKEN = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]'])|`([^`\n]+)`|@([A-Za-z0-9._~-]{1,64})/g;

/** A body in pieces: `{text}`, `{link}`, `{code}` and, for the people mentioned, `{mention}`. */
export function pieces(body, mentions) {
  const found = [];
  let end = 0;
  const plain = (to) => to > end && found.push({ text: body.slice(end, to) });
  for (const match of body.matchAll(TOKEN)) {
    const [all, link, code, name] = match;
    const mention = name && mentionIn(name, mentions);
    if (name && !mention) {
      continue;
    }
    plain(match.index);
    if (link) {
      found.push({ link });
    } else if (code) {
      found.push({ code });
    } else {
      found.push({ mention });
    }
    end = match.index + (mention ? mention.length + 1 : all.length);
  }
  plain(body.length);
  return found;
}

/** The people of `known` whom a body mentions as `@name`, each once. */
export function mentionsIn(body, known) {
  const names = [...body.matchAll(/@([A-Za-z0-9._~-]{1,64})/g)].map((match) => match[1]);
  return [...new Set(names.map((name) => mentionIn(name, known)).filter(Boolean))];
}

/** A name at the end of a sentence may have taken the full stop with it. */
function mentionIn(name, known) {
  return [name, name.replace(/[.~-]+$/, '')].find((candidate) => known.includes(candidate));
}

/** The names in a list that a person typed, separated by commas or spaces. */
export const names = (text) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
