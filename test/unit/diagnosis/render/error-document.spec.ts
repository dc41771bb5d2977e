import { describe, expect, it } from 'vitest';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../../../lib/diagnosis/catalogue.js';
import { recordExamples } from '../record-examples.js';
import { docsUrl } from '../../../../lib/diagnosis/library.js';
import { renderErrorPage } from '../../../../lib/diagnosis/render/render-error-page.js';
import { RERANK } from '../../../../lib/rerank/rerank-operation.js';
import { renderErrorDocument } from '../error-document.js';

const EXAMPLES = await recordExamples();

describe('docs/errors.md', () => {
  it('is what the catalogue, the configuration and the key check say; otherwise run: npm run docs:errors', async () => {
    await expect(renderErrorDocument(EXAMPLES)).toMatchFileSnapshot('../../../../docs/errors.md');
  });

  it.each(DIAGNOSIS_CODES)('has the section that the address of %s names', (code) => {
    const [, fragment] = docsUrl(code).split('#');
    // GitHub's anchor of a heading: lower case, other characters than letters, digits, - and _ removed.
    const anchors = [...renderErrorDocument(EXAMPLES).matchAll(/^## (.*)$/gm)].map(
      ([, heading = '']) => heading.toLowerCase().replace(/[^\w-]/g, ''),
    );

    expect(anchors).toContain(fragment);
  });
});

describe('the page of a code', () => {
  it.each(DIAGNOSIS_CODES)('%s has all texts of the catalogue', (code) => {
    const { meaning, causes, fix, reproduce } = CATALOGUE[code];

    for (const text of [meaning, ...causes, ...fix, reproduce]) {
      expect(renderErrorPage(code, RERANK)).toContain(text);
    }
  });

  it('names the page with the examples where it has none', () => {
    expect(renderErrorPage('COHERE_TIMEOUT', RERANK)).toContain(docsUrl('COHERE_TIMEOUT'));
  });
});
