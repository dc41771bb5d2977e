import { isHostOfCohere } from '../diagnosis/library.js';
import { normalizeBaseUrl } from './base-url.js';
import { closestName } from './closest-name.js';
import type { Variables } from './read-settings.js';
import type { CohereSettings, Notice } from './resolved-configuration.interface.js';
import { type CohereModuleOptions, OTHER_VARIABLES, type Setting, SETTINGS } from './settings.js';

/** Finds unusual values among valid settings. */
export function settingNotices(
  options: CohereModuleOptions,
  variables: Variables,
  settings: CohereSettings,
  hasKey: boolean,
): Notice[] {
  const address = new URL(settings.baseUrl);
  const nameOf = (name: 'baseUrl' | 'model') =>
    options[name] === undefined && (variables[SETTINGS[name].variable] ?? '').trim() !== ''
      ? SETTINGS[name].variable
      : name;
  const result = normalizeBaseUrl(settings.baseUrl);
  const isPlainHttp = 'url' in result && result.isPlainHttp;
  const retired = isHostOfCohere(address.hostname) ? retirement(settings.model) : undefined;
  const cloud = settings.dispatcher === undefined ? cloudOf(address.hostname) : undefined;
  return [
    ...(hasKey && isPlainHttp
      ? [
          `${nameOf('baseUrl')} is a plain http address: the API key and the documents are sent unencrypted.`,
        ]
      : []),
    ...(cloud === undefined ? [] : [`${nameOf('baseUrl')} is a host of ${cloud}`]),
    ...(retired === undefined
      ? []
      : [
          `${nameOf('model')} is ${settings.model}, ${retired}. Set it to ${SETTINGS.model.default}.`,
        ]),
  ].map(warning);
}

/** Clouds with their own path, body or signature, which an app adds in a dispatcher. */
const CLOUDS: readonly (readonly [host: RegExp, needs: string])[] = [
  [
    /(?:^|\.)bedrock(?:-\w+)*\.[\w.-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
    'Amazon Bedrock, which has no Cohere API: its path is /model/ID/invoke. Pass the option dispatcher, which rewrites and signs the requests, with COHERE_STARTUP_CHECK=rerank, or set the address of a gateway.',
  ],
  [
    /(?:^|\.)sagemaker(?:-\w+)*\.[\w.-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
    'Amazon SageMaker, which has no Cohere API: its path is /endpoints/NAME/invocations. Pass the option dispatcher, which rewrites and signs the requests, with COHERE_STARTUP_CHECK=rerank, or set the address of a gateway.',
  ],
  [
    /(?:^|\.)generativeai\.[\w.-]+\.oraclecloud\.com$/,
    'Oracle Cloud (OCI), which has no Cohere API and signs each request. Set the address of a gateway that speaks the wire of Cohere, or pass the option dispatcher.',
  ],
];

function cloudOf(host: string): string | undefined {
  return CLOUDS.find(([shape]) => shape.test(host))?.[1];
}

/** https://docs.cohere.com/docs/deprecations */
const SHUT_DOWN: Readonly<Record<string, string>> = {
  'rerank-english-v2.0': '2025-04-30',
  'rerank-multilingual-v2.0': '2025-04-30',
};

function retirement(model: string): string | undefined {
  const date = SHUT_DOWN[model.toLowerCase()];
  if (date !== undefined) {
    return `which Cohere shut down on ${date}`;
  }
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-ft$/i.test(model)
    ? 'a fine-tuned model, and Cohere retired those for rerank on 2025-09-15'
    : undefined;
}

const OUR_VARIABLES = [
  ...Object.values<Setting>(SETTINGS).flatMap(({ variable }) => variable ?? []),
  ...Object.keys(OTHER_VARIABLES),
];

/** Matches names from which other libraries and SDKs read the address: COHERE_API_URL, CO_API_URL, COHERE_API_BASE. */
const ADDRESS_NAME =
  /^CO(?:HERE)?_(?:(?:API|RERANK(?:ER)?|SERVER)_){0,2}(?:BASE(?:_?UR[LI])?|UR[LI]|ENDPOINT(?:_URL)?|HOST(?:_?NAME)?|ADDRESS)$/i;

/** Finds variables that are not read, but may be intended for this module. */
export function unreadVariables(variables: Variables, baseUrl?: unknown): Notice[] {
  const isSet = (name: string) =>
    (variables[name] ?? '').trim() !== '' || (name === 'COHERE_BASE_URL' && baseUrl !== undefined);
  return Object.entries(variables).flatMap(([name, value = '']) => {
    const isAddress = ADDRESS_NAME.test(name) && value.trim() !== '';
    const meant = isAddress
      ? 'COHERE_BASE_URL'
      : /^COHERE_/i.test(name)
        ? closestName(name, OUR_VARIABLES)
        : undefined;
    // Other keys, such as COHERE_API_KEY_2, may be the app's own if ours is set.
    if (meant === undefined || meant === 'COHERE_API_KEY' || name === meant || isSet(meant)) {
      return [];
    }
    return [
      warning(
        isAddress
          ? `${name} is set, but not read, so requests go to Cohere itself. Rename it to ${meant}.`
          : `${name} is set, but not read. If it is meant for this module, rename it to ${meant}.`,
      ),
    ];
  });
}

/** Reports a variable that an option overrides. */
export function ignoredVariable(name: string): Notice {
  return warning(
    `${name} has a value that is not allowed. An option of CohereModule overrides it.`,
  );
}

function warning(message: string): Notice {
  return { level: 'warn', message };
}
