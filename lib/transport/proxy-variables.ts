import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { createError } from '../diagnosis/errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxyAddresses {
  /** Empty where there is none; undici would look into the environment by itself otherwise. */
  readonly httpProxy: string;
  readonly httpsProxy: string;
}

/**
 * The proxies that HTTP_PROXY and HTTPS_PROXY name, in either case, the lower one first as with curl. Looked
 * at here, without undici: loading it takes longer than the rest of a boot, and its error quotes the
 * address, which may hold a password.
 *
 * @returns undefined when there is none
 * @throws ConfigurationError when a variable holds no address
 */
export function readProxyVariables(environment: Environment): ProxyAddresses | undefined {
  const httpProxy = readProxy(environment, ['http_proxy', 'HTTP_PROXY']);
  const httpsProxy = readProxy(environment, ['https_proxy', 'HTTPS_PROXY']);
  return httpProxy === '' && httpsProxy === '' ? undefined : { httpProxy, httpsProxy };
}

function readProxy(environment: Environment, names: readonly string[]): string {
  const name = names.find((candidate) => (environment[candidate] ?? '').trim() !== '');
  const value = name === undefined ? undefined : environment[name]?.trim();
  if (name === undefined || value === undefined) {
    return '';
  }
  // curl takes an address without a scheme for http, and so it is often written.
  const address = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(address) || !/^(?:https?|socks5?):$/.test(new URL(address).protocol)) {
    throw createError(
      createDiagnosis('COHERE_CONFIG_INVALID', {
        title: `${name} is not the address of a proxy.`,
        detail: `${name} is set in the environment, ${value.length} characters, but it is no http or https URL.`,
        fix: [`Set ${name} to an address such as http://proxy.example:3128, or unset it.`],
      }),
    );
  }
  return address;
}
