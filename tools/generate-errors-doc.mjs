// Writes docs/errors.md from the built catalogue: npm run docs:errors
import { writeFileSync } from 'node:fs';
import { renderErrorDocument } from '../.tmp/build/diagnosis/render/render-error-page.js';

writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrorDocument());
