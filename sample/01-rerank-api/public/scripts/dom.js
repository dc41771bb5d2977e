// Every text goes into the page as a text node, never as HTML.

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Returns the element of the page with that id, which must be of that class.
 *
 * @template {Element} Wanted
 * @param {string} id
 * @param {new () => Wanted} type
 * @returns {Wanted}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new TypeError(`index.html has no ${type.name} with the id ${id}`);
  }
  return found;
}

const ADDRESS = /https:\/\/[^\s"'<>]+[^\s"'<>.,;:!?)]/g;

/**
 * Returns a text with its https addresses as links.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function withLinks(text) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(text.slice(end, index), link(address, address));
    end = index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}

/**
 * @param {string} address an https address; anything else stays a text
 * @param {string} text
 * @returns {Node}
 */
export function link(address, text) {
  return address.startsWith('https://')
    ? element('a', { href: address, rel: 'noreferrer' }, text)
    : document.createTextNode(text);
}

export function prefersReducedMotion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
