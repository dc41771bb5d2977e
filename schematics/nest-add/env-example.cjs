'use strict';

const TEXT = 'COHERE_API_KEY';

/** Documents the variable where the app documents its others. Nothing reads this file; the key belongs into .env. */
function addToEnvExample(tree, path) {
  if (!tree.exists(path)) {
    tree.create(path, lines('\n'));
    return { done: true, path, text: TEXT };
  }
  const before = tree.read(path).toString('utf8');
  if (/^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?COHERE_API_KEY[ \t]*=/m.test(before)) {
    return { done: false, path, text: TEXT };
  }
  const eol = before.includes('\r\n') ? '\r\n' : '\n';
  const gap = before === '' || before.endsWith('\n') ? '' : eol;
  tree.overwrite(path, `${before}${gap}${lines(eol)}`);
  return { done: true, path, text: TEXT };
}

function lines(eol) {
  return ['# https://dashboard.cohere.com/api-keys', 'COHERE_API_KEY=', ''].join(eol);
}

module.exports = { addToEnvExample };
