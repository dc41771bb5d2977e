import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  errorChain,
  isError,
  readNumber,
  readProperty,
  readString,
} from '../../../lib/diagnosis/read-safely.js';

describe('a property of anything', () => {
  it('is read from objects and functions', () => {
    expect(readProperty({ a: 1 }, 'a')).toBe(1);
    expect(readString(errorChain, 'name')).toBe('errorChain');
    expect(readNumber([1, 2], 'length')).toBe(2);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a string', 'text'],
    ['a number', 7],
    ['what throws when it is looked at', hostile()],
  ])('is absent in %s', (_name, value) => {
    expect(readProperty(value, 'name')).toBeUndefined();
    expect(readProperty(value, 'length')).toBeUndefined();
  });

  it('of another type is absent', () => {
    expect(readString({ a: 1 }, 'a')).toBeUndefined();
    expect(readNumber({ a: '1' }, 'a')).toBeUndefined();
  });
});

describe('an error', () => {
  it('is one of any class and of any realm, and nothing that only looks like one', () => {
    expect(isError(new TypeError('x'))).toBe(true);
    expect(isError(runInNewContext('new Error("x")'))).toBe(true);
    expect(isError({ name: 'Error', message: 'x', stack: '' })).toBe(false);
    expect(isError(undefined)).toBe(false);
  });
});

function nested(depth: number): Error {
  return depth === 0 ? new Error('0') : new Error(String(depth), { cause: nested(depth - 1) });
}

describe('the errors behind an error', () => {
  it('are its causes and its members, the nearest first, each once', () => {
    const deep = new Error('deep');
    const near = new Error('near', { cause: deep });
    const member = new Error('member', { cause: near });
    const error = new AggregateError([member, near, null, undefined], 'all', { cause: near });

    expect(errorChain(error)).toEqual([error, near, member, deep]);
    expect(errorChain(deep)).toEqual([deep]);
    expect(errorChain(Object.assign(new Error('x'), { cause: null }))).toHaveLength(1);
  });

  it('are no more than fifty, and a few more where one holds many', () => {
    expect(errorChain(nested(40))).toHaveLength(41);
    expect(errorChain(nested(60))).toHaveLength(50);
    expect(errorChain({ errors: Array.from({ length: 90 }, () => new Error('x')) })).toHaveLength(
      51,
    );
  });

  it.each<[string, () => unknown]>([
    ['a string', () => 'text'],
    ['an object like a list', () => ({ length: 1, 0: 'x' })],
    ['a list that throws when it is looked at', revoked],
  ])('are none in %s', (_name, errors) => {
    expect(errorChain({ errors: errors() })).toHaveLength(1);
  });
});

function hostile(): unknown {
  return Object.defineProperty({}, 'name', {
    get: () => {
      throw new Error('no');
    },
  });
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}
