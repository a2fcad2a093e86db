"use strict";
// Values as text. Whatever comes out of here is shown with textContent, never as markup.

const ASCII = /^[\x20-\x7e]*$/;
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;
const ACCENTS = /\p{M}/gu;
const LETTERS = { ø: "o", ł: "l", đ: "d", ð: "d", ı: "i", ß: "ss", æ: "ae", œ: "oe" }; // those that Unicode does not take apart
const KIB = { MB: 1024, GB: 1024 * 1024, TB: 1024 * 1024 * 1024 };

/** A value on one line, with an escape for what would not show or would turn the text beside it around. */
function visible(value) {
  const text = String(value ?? "");
  if (ASCII.test(text)) return text;
  return text.replace(/[\t\r\n]+/g, " ").replace(UNSEEN, (char) => `\\u${char.codePointAt(0).toString(16).padStart(4, "0")}`);
}

/** What searching goes by: small letters without accents, so that zoe finds Zoë and sorensen Sørensen. */
function plain(text) {
  const small = text.toLowerCase();
  return ASCII.test(small)
    ? small
    : small
        .normalize("NFD")
        .replace(ACCENTS, "")
        .replace(/[øłđðıßæœ]/g, (letter) => LETTERS[letter]);
}

const twoDigits = (number) => String(number).padStart(2, "0");

/** A time of the document, which is UTC, as this machine's day: 2026-11-24. What is no time stays as it is. */
function localDay(iso) {
  const date = new Date(iso);
  if (!String(iso).includes("T") || Number.isNaN(date.getTime())) return visible(iso);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** The same to the minute, with the distance from UTC: 2026-11-24 04:00 +01:00. */
function localTime(iso) {
  const date = new Date(iso);
  if (!String(iso).includes("T") || Number.isNaN(date.getTime())) return visible(iso);
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${twoDigits(Math.floor(Math.abs(offset) / 60))}:${twoDigits(Math.abs(offset) % 60)}`;
  return `${localDay(iso)} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())} ${zone}`;
}

/** KiB as a person says it: 5 GB, 1.2 GB, 340 MB. */
function size(kib) {
  const unit = kib >= KIB.TB ? "TB" : kib >= KIB.GB ? "GB" : "MB";
  const number = kib / KIB[unit];
  return `${number < 10 ? Number(number.toFixed(1)) : Math.round(number)} ${unit}`;
}

/** Whole percents, rounded down: 99.9 % is not yet full. */
const percent = (used, quota) => (quota > 0 ? Math.floor((used / quota) * 100) : 100);

/** Whether the document has nothing there. */
const isMissing = (found) => found === null || found === undefined || found === "";

const grouped = new Intl.NumberFormat("en");

/** A number with its word: 1 mailbox, 2,000 mailboxes. */
const counted = (number, one, many = `${one}s`) => `${grouped.format(number)} ${number === 1 ? one : many}`;

/** What a word of the document is called here. Other words stay as they are, those among them that every object has too: constructor. */
const labelled = (labels, word) => (labels && Object.hasOwn(labels, word) ? labels[word] : word);

const yesOrNo = (value) => (isMissing(value) ? "" : value ? "yes" : "no");

/** What a spreadsheet takes for a formula and runs; FORMULA of text.py is the same, which a test sees to. */
const FORMULA = /^[\s\ufeff]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;

/** One field of CSV (RFC 4180). An apostrophe before it keeps a formula from being one. */
function csvField(value) {
  const text = String(value ?? "");
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\r\n\t]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Lines of values as CSV; the mark at the start tells Excel that it is UTF-8. Which delimiter it takes hangs on where it runs. */
const csv = (lines, delimiter = ",") =>
  `\ufeff${lines.map((line) => line.map(csvField).join(delimiter === ";" ? ";" : ",")).join("\r\n")}\r\n`;
