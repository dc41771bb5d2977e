import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../../../lib/diagnosis/render/example-diagnoses.js';
import { createError } from '../../../../lib/diagnosis/errors.js';
import { toHttpException } from '../../../../lib/filter/to-http-exception.js';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../../../lib/diagnosis/catalogue.js';
import { recordExamples } from '../record-examples.js';
import { docsUrl } from '../../../../lib/diagnosis/library.js';
import {
  renderErrorDocument,
  renderErrorPage,
} from '../../../../lib/diagnosis/render/render-error-page.js';

describe('the examples of docs/errors.md and explain', () => {
  it(
    'are what the configuration and the key check say now; otherwise run: npm run docs:errors',
    { timeout: 60_000 },
    async () => {
      expect(JSON.parse(JSON.stringify(await recordExamples()))).toEqual(EXAMPLES);
    },
  );
});

describe('docs/errors.md', () => {
  it('is what the catalogue says; otherwise run: npm run docs:errors', async () => {
    await expect(renderErrorDocument()).toMatchFileSnapshot('../../../../docs/errors.md');
  });

  it.each(DIAGNOSIS_CODES)('has the section that the address of %s names', (code) => {
    const [, fragment] = docsUrl(code).split('#');
    // What GitHub makes of a heading: lower case, other characters than letters, digits, - and _ removed.
    const anchors = [...renderErrorDocument().matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replace(/[^\w-]/g, ''),
    );

    expect(anchors).toContain(fragment);
  });
});

describe('the page of a code', () => {
  it.each(DIAGNOSIS_CODES)('%s shows the answer that the filter gives', (code) => {
    const example = EXAMPLES[code];
    const [, body = ''] = /```json\n(.*?)\n```/s.exec(renderErrorPage(code)) ?? [];

    expect(example.code).toBe(code);
    expect(JSON.parse(body)).toEqual(toHttpException(createError(example))?.getResponse());
  });

  it.each(DIAGNOSIS_CODES)('%s says all that the catalogue says', (code) => {
    const { meaning, causes, fix, reproduce } = CATALOGUE[code];

    for (const text of [meaning, ...causes, ...fix, reproduce]) {
      expect(renderErrorPage(code)).toContain(text);
    }
  });
});
