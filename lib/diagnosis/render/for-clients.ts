import { CATALOGUE } from '../catalogue.js';
import { hostsNamedIn } from '../create-diagnosis.js';
import type { Diagnosis } from '../diagnosis.interface.js';

/**
 * What people outside the server may read of a diagnosis: where its files are, and which host it asks, stays
 * in the log and the boot report. The catalogue's own texts take the place of those that name one.
 */
export function forClients(
  diagnosis: Diagnosis,
): Pick<Diagnosis, 'code' | 'title' | 'fix' | 'docs'> {
  const { code, title, fix, docs } = diagnosis;
  const general = CATALOGUE[code];
  const hosts = hostsNamedIn(diagnosis);
  const isForServer = (text: string): boolean =>
    namesPlace(text) || hosts.some((host) => namesHost(text, host));
  const steps = fix.filter((step) => general.fix.includes(step) || !isForServer(step));
  return {
    code,
    title: isForServer(title) ? general.title : title,
    fix: steps.length === 0 ? general.fix : steps,
    docs,
  };
}

/** Addresses, and routes of Cohere such as `/v1/check-api-key`. */
const WEB = /\bhttps?:\/\/\S+|\/v[12]\b(?:\/[\w-]+)*/g;
/** `/run/secrets/key`, `config/dev.env`, `C:\keys`, `~/key`; nothing else in our texts has a slash in it. */
const PATH = /[/\\]/;
/** `.env`, `.env.local:3`, `cohere.key`; not `api.cohere.com` or the end of a sentence. */
const FILE = /(?:^|[\s"'`(=])(?:\.env\b|[\w-]+\.[A-Za-z]\w{1,7}(?=[\s"'`):,;]|\.?$))/;

/** `10.0.0.7:8080`, `rerank.internal`, `gateway:8080`; not `ConfigModule.forRoot()` or Cohere's own. */
const HOST =
  /(?<![\w./@-])(?:(?:\d{1,3}\.){3}\d|(?!(?:[a-z0-9-]+\.)?cohere\.(?:com|ai)\b)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,20}(?![\w(-])|[a-z0-9-]+:\d{2,5}\b)/;

function namesPlace(text: string): boolean {
  return namesFile(text) || HOST.test(text.replace(WEB, ''));
}

/** As a word of its own; `proxy` is not named by `api-proxy` or `the_proxy`. */
function namesHost(text: string, host: string): boolean {
  const at = text.indexOf(host);
  if (at === -1) {
    return false;
  }
  const end = at + host.length;
  const isWord = !/[\w-]/.test(text.charAt(at - 1)) && !/[\w-]/.test(text.charAt(end));
  return isWord || namesHost(text.slice(end), host);
}

/** Whether a text seems to name a file of the server. Errs on the side of yes. */
export function namesFile(text: string): boolean {
  const rest = text.replace(WEB, '');
  return PATH.test(rest) || FILE.test(rest);
}
