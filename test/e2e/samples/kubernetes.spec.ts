import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { Secret, Service } from 'kubernetes-models/v1';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { emptyFolder } from '../support/run-app.js';
import { outputOf, readmeCommands, startScript } from '../support/sample-readme.js';
import { SampleProcess } from '../support/sample-process.js';

const SAMPLE = '04-kubernetes';
const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('sample/04-kubernetes', () => {
  let sample: SampleProcess;
  let url = '';

  beforeAll(async () => {
    sample = new SampleProcess({ sample: SAMPLE });
    url = await sample.listening();
  });

  afterAll(() => sample.kill());

  it('every command of its README does what the README says', async () => {
    const [start, ...commands] = readmeCommands(SAMPLE);
    expect(start).toBe('npm run start:04');
    expect(startScript('start:04')).toBe(`node sample/${SAMPLE}/dist/main.js`);
    const outputs: unknown[] = [];
    for (const command of commands) {
      outputs.push(JSON.parse(await outputOf(command, url)));
    }
    expect(outputs).toEqual([
      { status: 'ok' },
      expect.objectContaining({ status: 'ok', details: { cohere: { status: 'up' } } }),
      { results: expect.arrayContaining(['Rotate a secret']) },
    ]);
  });

  it('the probes ask routes that are there, and the service finds the pods', async () => {
    const { spec } = manifest('deployment.yaml', Deployment);
    const container = spec?.template.spec?.containers[0];
    const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe];
    for (const probe of probes) {
      expect((await fetch(`${url}${probe?.httpGet?.path}`)).status).toBe(200);
      expect(probe?.httpGet?.port).toBe(container?.ports?.[0]?.name);
    }
    const service = manifest('service.yaml', Service);
    expect(spec?.template.metadata?.labels).toMatchObject(
      service.spec?.selector ?? { app: 'none' },
    );
    expect(service.spec?.ports?.[0]?.targetPort).toBe(container?.ports?.[0]?.name);
  });

  it('ends by itself on SIGTERM', async () => {
    expect(await sample.stop()).not.toBe(1);
  });
});

describe('sample/04-kubernetes with a mounted secret', () => {
  let emulator: CohereEmulator;
  beforeAll(async () => {
    emulator = await CohereEmulator.start();
  });
  afterAll(() => emulator.stop());

  const environment = (secret: MountedSecret) => ({
    COHERE_API_KEY_FILE: secret.path,
    COHERE_BASE_URL: emulator.url,
    COHERE_TERMINATION_LOG: secret.terminationLog,
  });

  it('takes a rotated key into use without a restart', async () => {
    const secret = new MountedSecret(emulator.keys.active);
    const sample = new SampleProcess({ sample: SAMPLE, environment: environment(secret) });
    try {
      const url = await sample.listening();
      expect((await fetch(`${url}/search?q=secret`)).status).toBe(200);
      secret.replace(emulator.keys.trial);
      emulator.setKey(emulator.keys.active, 'revoked');
      expect((await fetch(`${url}/search?q=secret`)).status).toBe(200);
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    } finally {
      sample.kill();
      emulator.setKey(emulator.keys.active, 'active');
    }
  });

  it('is not ready while Cohere refuses the key, and names no file', async () => {
    const secret = new MountedSecret(emulator.keys.active);
    const sample = new SampleProcess({ sample: SAMPLE, environment: environment(secret) });
    try {
      const url = await sample.listening();
      emulator.setKey(emulator.keys.active, 'revoked');
      const ready = await fetch(`${url}/health/ready`);
      expect(ready.status).toBe(503);
      const body = await ready.text();
      expect(body).toContain('COHERE_API_KEY_REJECTED');
      expect(body).not.toContain(secret.folder);
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
    } finally {
      sample.kill();
      emulator.setKey(emulator.keys.active, 'active');
    }
  });

  it.each([
    ['a key that Cohere refuses', 77, 'COHERE_API_KEY_REJECTED', () => emulator.keys.revoked],
    ['a key in quotation marks', 78, 'COHERE_API_KEY_MALFORMED', () => `"${emulator.keys.active}"`],
  ])(
    'with %s it ends with %d, and the termination log holds the fix',
    async (_, code, name, key) => {
      const secret = new MountedSecret(key());
      const sample = new SampleProcess({ sample: SAMPLE, environment: environment(secret) });
      expect(await sample.exitCodeOfFailedBoot()).toBe(code);
      expect(readFileSync(secret.terminationLog, 'utf8')).toContain(name);
    },
  );

  it('the preflight job ends with the codes that its failure policy names', async () => {
    const { template, podFailurePolicy } = manifest('preflight-job.yaml', Job).spec ?? {};
    const command = template?.spec?.containers[0]?.command ?? [];
    expect(podFailurePolicy?.rules[0]?.onExitCodes?.values).toEqual([77, 78]);
    expect(await exitCodeOf(command, environment(new MountedSecret(emulator.keys.revoked)))).toBe(
      77,
    );
    expect(await exitCodeOf(command, environment(new MountedSecret('Bearer x')))).toBe(78);
    expect(await exitCodeOf(command, environment(new MountedSecret(emulator.keys.active)))).toBe(0);
  });
});

describe('the manifests of sample/04-kubernetes', () => {
  it.each([
    ['secret.yaml', () => manifest('secret.yaml', Secret).validate()],
    ['deployment.yaml', () => manifest('deployment.yaml', Deployment).validate()],
    ['service.yaml', () => manifest('service.yaml', Service).validate()],
    ['preflight-job.yaml', () => manifest('preflight-job.yaml', Job).validate()],
  ])('%s is valid by the schema of Kubernetes', (_, validate) => {
    expect(validate).not.toThrow();
  });

  it('the schema detects a field that is missing or of another type', () => {
    const broken = { ...readManifest('deployment.yaml'), spec: { replicas: 'two' } };
    expect(() => new Deployment(toProperties(broken)).validate()).toThrow('spec');
  });

  it('the key file that the app reads is what the secret mounts, as a directory', () => {
    const pod = manifest('deployment.yaml', Deployment).spec?.template.spec;
    const container = pod?.containers[0];
    const mount = container?.volumeMounts?.[0];
    const item = pod?.volumes?.[0]?.secret?.items?.[0];
    const file = container?.env?.find(({ name }) => name === 'COHERE_API_KEY_FILE')?.value;
    expect(file).toBe(posix.join(mount?.mountPath ?? '', item?.path ?? ''));
    // With subPath, Kubernetes never updates the file.
    expect(mount?.subPath).toBeUndefined();
    expect(mount?.name).toBe(pod?.volumes?.[0]?.name);
    const secret = manifest('secret.yaml', Secret);
    expect(pod?.volumes?.[0]?.secret?.secretName).toBe(secret.metadata?.name);
    expect(Object.keys(secret.stringData ?? {})).toContain(item?.key);
  });
});

/** A secret as the kubelet mounts it: the file is a symlink through `..data`, which an update replaces. */
class MountedSecret {
  readonly folder = emptyFolder();
  readonly path = join(this.folder, 'api-key');
  readonly terminationLog = join(emptyFolder(), 'termination-log');
  #version = 0;

  constructor(key: string) {
    writeFileSync(this.terminationLog, '');
    this.#write(key);
    symlinkSync('..data/api-key', this.path);
  }

  replace(key: string): void {
    const old = join(this.folder, `..version-${this.#version}`);
    this.#write(key);
    rmSync(old, { recursive: true });
  }

  #write(key: string): void {
    this.#version += 1;
    const version = `..version-${this.#version}`;
    mkdirSync(join(this.folder, version));
    writeFileSync(join(this.folder, version, 'api-key'), key);
    symlinkSync(version, join(this.folder, '..data_tmp'));
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
  }
}

function manifest<T>(file: string, model: new (properties: object) => T): T {
  return new model(toProperties(readManifest(file)));
}

function readManifest(file: string): object {
  const text = readFileSync(join(root, 'sample', SAMPLE, 'k8s', file), 'utf8');
  const value: unknown = parse(text);
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${file} is not a manifest`);
  }
  return value;
}

/** The model adds these two itself, and does not compare. */
function toProperties(value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== 'apiVersion' && name !== 'kind'),
  );
}

/** Runs the command of a container here, where the package is not under node_modules. */
async function exitCodeOf(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const [, script = '', ...parameters] = command;
  const cli = join(root, script.replace('node_modules/nestjs-cohere/', ''));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, ...parameters],
      { cwd: emptyFolder(), env: { PATH: process.env['PATH'], ...environment } },
      (error) => resolve(error === null ? 0 : Number(error.code)),
    );
  });
}
