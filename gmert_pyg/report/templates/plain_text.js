"use strict";
// Names made fit to be shown, as in `plain_text.py`.

const SIGNS = { "\n": "⏎", "\t": "⇥" };

const escapeCharacter = (character) => {
  const code = character.codePointAt(0);
  const [sign, digits] = code < 0x100 ? ["x", 2]
    : code < 0x10000 ? ["u", 4] : ["U", 8];
  return "\\" + sign + code.toString(16).padStart(digits, "0");
};

const visible = (text) => text.replace(
  /(?! )[\p{C}\p{Z}]/gu,
  (character) => SIGNS[character] ?? escapeCharacter(character),
);

// The end of a qualified name says most.
const shortenFront = (text, length) => {
  const characters = Array.from(text);
  return characters.length <= length
    ? text
    : "…" + characters.slice(1 - length).join("");
};

const counted = (count, one, many) =>
  count.toLocaleString("en") + " " + (count === 1 ? one : many);

const element = (tag, properties = {}, children = []) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

const byId = (id) => document.getElementById(id);
