// Every key of the tests that is no key of the emulator. All of them look like keys of Cohere and belong to nobody.

/** Searched for in everything that comes out of an app. */
export const CANARY = 'Zk3vQ9pLw2Xc7RtB5nMs8Yd1Hf6Gj4Ka0Ue9TiVo';
/** Searched for in every encoding, whole and in halves. */
export const TRACED_KEY = 'Qm7wZx2KpV9nLs4TgB8rYd3HcJ6fUe1AoXi5NvMt';
/** Sent back by servers, as it is or masked. */
export const ECHOED_KEY = 'cAn4ryKq7Zt2mWx9Lp5Rj8Vb3Nd6Hf1Gs0Yc4Ue7';
export const KEY = 'kQ7vZ2mXc9RtY4wLb8NfH3sJd6GpA1eUo5TiVxBq';
export const OTHER_KEY = 'Zz8yXw7vUt6sRq5pOn4mLk3jIh2gFe1dCb0aYx9W';
export const TENANT_KEY = 'tenant0123456789abcdefghijABCDEFGHIJ0123';

/** As many more as a test needs, told apart by their first character. */
export function keyNumber(character: string): string {
  return `${character}0123456789abcdefghijABCDEFGHIJ012345678`;
}
