'use strict';

/** Adds what the app imports, or what this package asks of it, and what npm would only install beside it. */
function addToPackageJson(tree, path, { manifest, nest }) {
  const { dependencies = {}, devDependencies = {} } = manifest;
  const missing = Object.entries({
    // Jest on Nest 11 cannot load @nestjs/config 12, which is ESM only.
    '@nestjs/config': nest < 12 ? '^4.0.0' : '^12.0.0',
    joi: '^18.0.0',
  }).filter(([name]) => dependencies[name] === undefined && devDependencies[name] === undefined);
  if (!tree.exists(path) || missing.length === 0) {
    return { done: false, path, text: '@nestjs/config, joi' };
  }
  const before = tree.read(path).toString('utf8');
  const all = Object.entries({ ...dependencies, ...Object.fromEntries(missing) });
  const after = JSON.stringify(
    { ...manifest, dependencies: Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1))) },
    undefined,
    /^[ \t]+/m.exec(before)?.[0] ?? 2,
  );
  const eol = before.includes('\r\n') ? '\r\n' : '\n';
  const end = /\s*$/.exec(before)[0];
  tree.overwrite(path, `${after.replaceAll('\n', eol)}${end}`);
  return { done: true, path, text: missing.map(([name]) => name).join(', ') };
}

module.exports = { addToPackageJson };
