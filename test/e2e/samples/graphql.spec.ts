import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputOf, readmeCommands, startScript } from '../support/sample-readme.js';
import { SampleProcess } from '../support/sample-process.js';

const SAMPLE = '03-graphql';

describe('sample/03-graphql', () => {
  let sample: SampleProcess;
  let url = '';

  beforeAll(async () => {
    sample = new SampleProcess({ sample: SAMPLE });
    url = await sample.listening();
  });

  afterAll(() => sample.kill());

  it('every command of its README does what the README says', async () => {
    const [start, ...commands] = readmeCommands(SAMPLE);
    expect(start).toBe('npm run start:03');
    expect(startScript('start:03')).toBe(`node sample/${SAMPLE}/dist/main.js`);
    const outputs: unknown[] = [];
    for (const command of commands) {
      outputs.push(JSON.parse(await outputOf(command, url)));
    }
    expect(outputs).toEqual([
      {
        data: {
          search: {
            model: 'rerank-v5.0-fast',
            requests: 1,
            hits: [
              { relevanceScore: expect.any(Number), recipe: { title: 'Lentil soup' } },
              expect.anything(),
            ],
          },
        },
      },
      { data: { setEmulatorKey: 'revoked' } },
      {
        data: { recipeCount: 8, search: null },
        errors: [
          expect.objectContaining({
            path: ['search'],
            extensions: expect.objectContaining({
              code: 'COHERE_API_KEY_REJECTED',
              status: 401,
              fix: expect.arrayContaining([expect.any(String)]),
            }),
          }),
        ],
      },
      { data: { setEmulatorKey: 'active' } },
      { data: { recipeCount: 8, search: { model: 'rerank-v5.0-fast' } } },
    ]);
  });

  it('sends no path of the server along with an error', async () => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ search(query: " ") { model } }' }),
    });
    const body = await response.text();
    expect(body).toContain('COHERE_REQUEST_INVALID');
    expect(body).not.toMatch(/file:|node_modules|\/dist\//);
  });
});
