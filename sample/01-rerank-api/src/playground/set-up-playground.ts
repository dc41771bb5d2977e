import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';

const PUBLIC_FOLDER = fileURLToPath(new URL('../../public', import.meta.url));

// Scripts and styles come from files of this app only, and no script can turn a string into HTML.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Serves the page at `/`, with stricter headers than the OpenAPI page, which needs inline scripts. */
export function setUpPlayground(app: NestExpressApplication): void {
  app.useStaticAssets(PUBLIC_FOLDER, {
    redirect: false,
    setHeaders: (response) => {
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Referrer-Policy', 'no-referrer');
      // Revalidated each time, so that a new version shows after a restart.
      response.setHeader('Cache-Control', 'no-cache');
    },
  });
}
