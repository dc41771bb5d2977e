import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../lib/config/settings.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { noticesAt, noticesOf, problemsOf, resolve } from './resolving.js';
import { environment, KEY } from './working-directory.js';

const ADDRESS = 'https://gateway.example.test/cohere';

describe('a variable that other libraries read the address from', () => {
  it.each([
    'COHERE_API_URL', 'CO_API_URL', 'COHERE_API_BASE', 'COHERE_API_BASE_URL', 'CO_BASE_URL', 'COHERE_URL',
    'COHERE_ENDPOINT', 'COHERE_API_ENDPOINT', 'COHERE_HOST', 'COHERE_API_HOST', 'COHERE_RERANK_URL',
    'COHERE_RERANK_API_URL', 'COHERE_RERANK_API_BASE', 'COHERE_RERANKER_URL', 'COHERE_SERVER_URL',
    'COHERE_RERANK_BASE_URL', 'COHERE_RERANK_ENDPOINT', 'COHERE_BASEURL', 'cohere_api_url',
  ])('is one warning that names COHERE_BASE_URL: %s', async (name) => {
    expect(await noticesOf({}, { COHERE_API_KEY: KEY, [name]: ADDRESS })).toEqual([
      `warn: ${name} is set, but not read, so requests go to Cohere itself. Rename it to COHERE_BASE_URL.`,
    ]);
  }); // prettier-ignore

  it('is one warning each', async () => {
    const variables = { COHERE_API_URL: ADDRESS, CO_API_URL: ADDRESS, COHERE_API_BASE: ADDRESS };

    expect(await noticesOf({}, { COHERE_API_KEY: KEY, ...variables })).toHaveLength(3);
    expect(
      await noticesOf({}, { COHERE_API_KEY: KEY, COHERE_BASE_URL: ' ', ...variables }),
    ).toHaveLength(3);
  });

  it('is none where the address is set by its own name', async () => {
    const variables = { COHERE_API_KEY: KEY, COHERE_API_URL: ADDRESS };

    expect(await noticesOf({ baseUrl: ADDRESS }, variables)).toEqual([]);
    expect(await noticesOf({}, { ...variables, COHERE_BASE_URL: ADDRESS })).toEqual([]);
  });

  it.each([
    ['COHERE_API_URL', ''],
    ['CO_HOSTILE', ADDRESS],
    ['MY_COHERE_API_URL', ADDRESS],
    ['CO_URLS', ADDRESS],
  ])('is none of this: %s=%s', async (name, value) => {
    expect(await noticesOf({}, { COHERE_API_KEY: KEY, [name]: value })).toEqual([]);
  });
});

describe("a base URL of a cloud without Cohere's API", () => {
  it.each([
    ['https://bedrock-runtime.us-east-1.amazonaws.com', 'Amazon Bedrock'],
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/model/cohere.rerank-v3-5:0/invoke', 'Amazon Bedrock'],
    ['https://bedrock-agent-runtime.eu-central-1.amazonaws.com', 'Amazon Bedrock'],
    ['https://vpce-0a1b.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'Amazon Bedrock'],
    ['https://bedrock-runtime.us-east-1.api.aws', 'Amazon Bedrock'],
    ['https://runtime.sagemaker.us-east-1.amazonaws.com', 'Amazon SageMaker'],
    ['https://runtime.sagemaker.cn-north-1.amazonaws.com.cn/endpoints/rerank/invocations', 'Amazon SageMaker'],
    ['https://inference.generativeai.eu-frankfurt-1.oci.oraclecloud.com', 'Oracle Cloud'],
  ])('is a warning that names what it needs: %s', async (baseUrl, cloud) => {
    const [notice, ...others] = await noticesAt({}, baseUrl);

    expect(others).toEqual([]);
    expect(notice).toContain(`COHERE_BASE_URL is a host of ${cloud}`);
    expect(notice).toContain('option dispatcher');
  }); // prettier-ignore

  it('is none with a dispatcher, which rewrites the requests', async () => {
    const dispatcher = new Agent();
    const baseUrl = 'https://bedrock-runtime.us-east-1.amazonaws.com';

    expect(await noticesAt({ dispatcher }, baseUrl)).toEqual([]);
    await dispatcher.close();
  });

  it.each([
    'https://abc.execute-api.us-east-1.amazonaws.com/prod',
    'https://bedrock.example.test',
    'https://x.models.ai.azure.com',
  ])('does not match another host: %s', async (baseUrl) => {
    expect(await noticesAt({}, baseUrl)).toEqual([]);
  });
});

describe('a model that Cohere has shut down', () => {
  const model = 'rerank-english-v2.0';

  it.each([
    [model, 'which Cohere shut down on 2025-04-30'],
    ['rerank-multilingual-v2.0', 'which Cohere shut down on 2025-04-30'],
    ['0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f-ft', 'Cohere retired those for rerank on 2025-09-15'],
  ])('is one warning with the date and the current id: %s', async (id, date) => {
    const variables = { COHERE_API_KEY: KEY, COHERE_RERANK_MODEL: id };
    const [notice, ...others] = await noticesOf({}, variables);

    expect(others).toEqual([]);
    expect(notice).toContain(`COHERE_RERANK_MODEL is ${id}`);
    expect(notice).toContain(date);
    expect(notice).toContain(`Set it to ${SETTINGS.model.default}.`);
    expect((await noticesOf({ model: id }, { COHERE_API_KEY: KEY }))[0]).toContain(
      'warn: model is',
    );
  });

  it('is none on another host, which names its models itself, nor for an id that is current', async () => {
    expect(await noticesAt({ model }, ADDRESS)).toEqual([]);
    for (const current of ['rerank-v3.5', 'rerank-v4.0-pro', 'rerank-v5.0-pro']) {
      expect(await noticesOf({ model: current }, { COHERE_API_KEY: KEY })).toEqual([]);
    }
  });
});

describe('a warning of a named instance', () => {
  it('names it', async () => {
    const place = environment({
      COHERE_API_KEY: KEY,
      COHERE_BASE_URL: 'http://gateway.example.test',
    });
    const { notices } = await resolveConfiguration({}, place, { name: 'eu' });

    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^CohereModule "eu": COHERE_BASE_URL is a plain http address/),
    ]);
  });
});

describe('a key that is missing or malformed for another host', () => {
  it.each(['', '"x"', '${COHERE_API_KEY}', undefined])(
    'has no step that leads to the dashboard of Cohere: %s',
    async (key) => {
      const variables = { COHERE_API_KEY: key, COHERE_BASE_URL: ADDRESS };
      const problems = await problemsOf(resolve({}, variables));

      expect(problems).toHaveLength(1);
      expect(JSON.stringify(problems[0]?.fix)).not.toContain('dashboard.cohere.com');
    },
  );
});
