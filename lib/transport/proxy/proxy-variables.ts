import { BlockList, isIP } from 'node:net';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import { createError } from '../../diagnosis/errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy, and the variable that names it. */
export interface Proxy {
  readonly url: URL;
  readonly variable: string;
}

/**
 * Returns the proxy for an address, from HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case, lower case first, like
 * curl. Does not use undici, which is slow to load and whose error quotes the address with its password. Ignores
 * variables that do not apply.
 *
 * @returns undefined for a direct connection
 * @throws ConfigurationError when the variable that applies is not the address of an HTTP proxy
 */
export function readProxyVariables(environment: Environment, target: string): Proxy | undefined {
  const { protocol, hostname, port } = new URL(target);
  const isHttps = protocol === 'https:';
  const noProxy = variableOf(environment, ['no_proxy', 'NO_PROXY'])?.value ?? '';
  if (isListedInNoProxy({ hostname, port: Number(port) || (isHttps ? 443 : 80) }, noProxy)) {
    return undefined;
  }
  const forHttp = ['http_proxy', 'HTTP_PROXY'];
  const variable = variableOf(
    environment,
    // A tunnel works for both, and often only this variable is set.
    isHttps ? ['https_proxy', 'HTTPS_PROXY', ...forHttp] : forHttp,
  );
  return variable === undefined ? undefined : addressOf(variable);
}

/**
 * Matches a host against NO_PROXY by curl's rules: `*`, a host, a domain and its subdomains with or without a
 * leading dot, an IP address in any notation, a range such as 10.0.0.0/8. Unlike curl, each may have a port.
 */
export function isListedInNoProxy(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  noProxy: string,
): boolean {
  const host = withoutBrackets(hostname.toLowerCase()).replace(/\.$/, '');
  return noProxy
    .slice(0, MAX_LENGTH)
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      if (entry === '') {
        return false;
      }
      const [, name = entry, wanted] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(entry) ?? [];
      return (wanted === undefined || Number(wanted) === port) && covers(name, host);
    });
}

const MAX_LENGTH = 100_000;

function covers(entry: string, host: string): boolean {
  if (entry === '*') {
    return true;
  }
  const [address = '', bits] = withoutBrackets(entry).split('/');
  const isNumeric = isIP(address) > 0;
  if (isNumeric || isIP(host) > 0) {
    return isNumeric && isInRange(host, address, bits);
  }
  const domain = entry.replace(/^\*?\./, '').replace(/\.$/, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isInRange(host: string, address: string, bits: string | undefined): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const longest = family === 'ipv6' ? 128 : 32;
  const prefix = bits === undefined ? longest : Number(bits);
  if (isIP(host) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > longest) {
    return false;
  }
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** Returns the first variable that is not empty. */
function variableOf(environment: Environment, names: readonly string[]): Variable | undefined {
  for (const name of names) {
    const value = (environment[name] ?? '').trim();
    if (value !== '') {
      return { name, value };
    }
  }
  return undefined;
}

function addressOf({ name, value }: Variable): Proxy {
  // Like curl, an address without a scheme means http; it is often written that way.
  const address = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(address) && /^https?:/i.test(address)) {
    return { url: new URL(address), variable: name };
  }
  const isSocks = /^socks/i.test(address);
  throw createError(
    createDiagnosis('COHERE_CONFIG_INVALID', {
      title: isSocks
        ? `${name} is the address of a SOCKS proxy, which is not supported.`
        : `${name} is not the address of a proxy.`,
      detail: `${name} is set in the environment, ${value.length} characters, but it is not an http or https URL.`,
      fix: [
        `Set ${name} to the address of an HTTP proxy, such as http://proxy.example:3128, or unset it.`,
        'If the host of COHERE_BASE_URL needs no proxy, add it to NO_PROXY.',
        ...(isSocks ? [OWN_AGENT] : []),
      ],
    }),
  );
}

const OWN_AGENT =
  'Or pass the option dispatcher with an agent that speaks SOCKS, such as Socks5ProxyAgent of undici 7; proxy variables are not read then.';
