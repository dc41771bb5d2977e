/** Steps to try while the emulator replaces Cohere. `url` is the address of the app. */
export function emulatorHints(url: string, emulatorUrl: string): string {
  const search = searchCommand(url, {
    query: 'I lost my phone and cannot sign in',
    topN: 3,
  });
  return `
No COHERE_API_KEY is set: an emulator of Cohere on ${emulatorUrl} ranks in its place.

Open ${url} in a browser: search, expire the key, read the 401 with its fix, make it active again.

Or stay in the terminal. Search:
  ${search}

Revoke the emulator's key, and the same search answers 401 with the fix:
  curl -sX POST ${url}/emulator/key/revoke
  ${search.replace('curl -s', 'curl -si')}

Restore the key, and it answers 200 again, without a restart:
  curl -sX POST ${url}/emulator/key/restore
  ${search}

To ask Cohere itself, set COHERE_API_KEY and start again.
`;
}

function searchCommand(url: string, body: object): string {
  return `curl -s ${url}/search -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
}
