import { element } from './dom.js';

/** @import { Passage } from './api.js' */

const PREVIEW_LENGTH = 160;

/**
 * Returns a text with its passages highlighted.
 *
 * @param {string} text
 * @param {readonly Passage[]} passages
 * @returns {(Node | string)[]}
 */
export function marked(text, passages) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let end = 0;
  for (const passage of inOrder(passages)) {
    const start = Math.max(passage.start, end);
    if (start < passage.end) {
      parts.push(text.slice(end, start), element('mark', {}, text.slice(start, passage.end)));
      end = passage.end;
    }
  }
  parts.push(text.slice(end));
  return parts;
}

/**
 * Returns the passages alone, or the beginning of the text where there are none.
 *
 * @param {string} text
 * @param {readonly Passage[]} passages
 * @returns {(Node | string)[]}
 */
export function excerpt(text, passages) {
  if (passages.length === 0) {
    return [text.length > PREVIEW_LENGTH ? `${beginning(text)} …` : text];
  }
  const ordered = inOrder(passages);
  const last = ordered.at(-1);
  return [
    (ordered[0]?.start ?? 0) > 0 ? '… ' : '',
    ...ordered.flatMap(({ start, end }, index) => [
      index === 0 ? '' : start - (ordered[index - 1]?.end ?? 0) > 1 ? ' … ' : ' ',
      element('mark', {}, text.slice(start, end)),
    ]),
    (last?.end ?? 0) < text.length ? ' …' : '',
  ];
}

/** @param {readonly Passage[]} passages */
function inOrder(passages) {
  return passages.toSorted((a, b) => a.start - b.start);
}

/**
 * Cuts at a blank where the script has them, and never within a character.
 *
 * @param {string} text
 */
function beginning(text) {
  const characters = Array.from(text).slice(0, PREVIEW_LENGTH).join('');
  const blank = characters.lastIndexOf(' ');
  return blank > PREVIEW_LENGTH / 2 ? characters.slice(0, blank) : characters;
}
