/** Words that examples are made of. A value made of nothing else is an example, not a key. */
const WORDS = [
  'your', 'my', 'our', 'the', 'cohere', 'rerank', 'api', 'key', 'keys', 'token', 'secret', 'password',
  'here', 'goes', 'insert', 'enter', 'put', 'paste', 'add', 'set', 'use', 'replace', 'with', 'change',
  'this', 'me', 'it', 'to', 'be', 'real', 'actual', 'valid', 'some', 'any', 'new', 'old', 'example',
  'sample', 'demo', 'dummy', 'fake', 'mock', 'test', 'testing', 'placeholder', 'value', 'string', 'default',
  'todo', 'tbd', 'fixme', 'none', 'null', 'nil', 'nan', 'undefined', 'empty', 'unset', 'missing',
  'unknown', 'required', 'optional', 'redacted', 'hidden', 'masked', 'removed', 'true', 'false', 'yes', 'no',
  'trial', 'production', 'prod', 'development', 'dev', 'staging', 'local', 'env', 'variable', 'co', 'na',
  'foo', 'bar', 'baz', 'qux', 'abc', 'lorem', 'ipsum', 'invalid', 'wrong', 'bad', 'x',
]; // prettier-ignore

const ONLY_FILLER = /^[*.\-_#?+=~•…·]+$/;
const STRINGIFIED_OBJECT = /^\[object \w+\]$/;
const FILLED_TAIL = /^[a-z]{2,8}[-_](?:x{3,}|\*{3,}|\.{3,})$/;

// A real key is one run of random letters and digits; what is longer than this is no example word by word.
const LONGEST_EXAMPLE = 64;

/** Whether the value is what people write where a key should go: `your-api-key`, `changeme`, `xxxx`, `null`. */
export function isPlaceholder(value: string): boolean {
  if (value.length > LONGEST_EXAMPLE) {
    return /^[x*.]+$/i.test(value);
  }
  if (ONLY_FILLER.test(value) || STRINGIFIED_OBJECT.test(value)) {
    return true;
  }
  const lower = value.toLowerCase();
  const letters = lower.replace(/[^a-z0-9]+/g, '').replace(/\d{1,4}$/, '');
  return (
    FILLED_TAIL.test(lower) ||
    (isPrintableAscii(value) && isMadeOfWords(letters)) ||
    /^(?:12345|123456|1234567|12345678|123456789|1234567890)$/.test(lower)
  );
}

/** Word by word from the left; a regular expression would try every way to cut `cohere` from `co` and `here`. */
function isMadeOfWords(letters: string): boolean {
  const reached = new Set([0]);
  for (let at = 0; at < letters.length; at++) {
    if (reached.has(at)) {
      for (const word of WORDS) {
        if (letters.startsWith(word, at)) {
          reached.add(at + word.length);
        }
      }
    }
  }
  return letters !== '' && reached.has(letters.length);
}

function isPrintableAscii(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}
