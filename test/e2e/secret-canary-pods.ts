import { randomBytes } from 'node:crypto';
import { IMAGE, shell } from './fidelity-stage.ts';
import { newCanary, type Canary } from './secret-canary-search.ts';
import { podOf } from './world-under-test.ts';

/** One canary for each way in which a pod can use a Secret. */
const WAYS = [
  ...['env', 'from', 'lines', 'volume', 'large', 'projected', 'pull', 'init', 'unused'],
  ...[
    'crash',
    'argument',
    'keyless',
    'bytes',
    'nul',
    'composed',
    'badPull',
    'probe',
    'halved',
    'cut',
    'lost',
  ],
] as const;
type Way = (typeof WAYS)[number];
export type Canaries = Readonly<Record<Way, Canary>>;

/** New canaries. */
export function newCanaries(): Canaries {
  return Object.fromEntries(WAYS.map((way) => [way, newCanary(way)])) as Canaries;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The Secrets that the canaries are in. */
export function secretsOf(canaries: Canaries): readonly object[] {
  const opaque = (name: string, stringData: Readonly<Record<string, string>>): object => ({
    metadata: { name },
    stringData,
  });
  const { badPull, bytes, lines, pull } = canaries;
  const login = { username: 'ada', password: pull.value };
  // An auth that is no user and password at all.
  const broken = { 'registry.example.com': { auth: base64(badPull.core) } };
  const config = (name: string, auths: object): object => ({
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  });
  // Random, so that the archive of it takes several chunks.
  const noise = randomBytes(60_000).toString('base64');
  return [
    opaque('env', { key: canaries.env.value, spare: canaries.unused.value }),
    opaque('from', { ONE: canaries.from.value }),
    opaque('lines', { pem: `-----BEGIN-----\n${lines.value}\n-----END-----\n` }),
    opaque('volume', { file: canaries.volume.value }),
    opaque('large', { file: `${noise} ${canaries.large.value}` }),
    opaque('projected', { file: canaries.projected.value }),
    opaque('init', { key: canaries.init.value }),
    opaque('crash', { key: canaries.crash.value }),
    opaque('argument', { key: canaries.argument.value }),
    opaque('keyless', { other: canaries.keyless.value }),
    {
      metadata: { name: 'bytes' },
      data: { key: Buffer.concat([Buffer.from(bytes.value), Buffer.of(0xff)]).toString('base64') },
    },
    opaque('nul', { key: `${canaries.nul.value}\0` }),
    opaque('composed', { key: `one\n${canaries.composed.value}\n` }),
    opaque('probe', { key: canaries.probe.value }),
    opaque('halved', { key: canaries.halved.value }),
    opaque('cut', { key: canaries.cut.value }),
    opaque('lost', { key: canaries.lost.value }),
    config('pull', { 'registry.example.com': login }),
    config('bad-pull', broken),
  ];
}

/** A variable with a key of a Secret. */
export function secretEnv(name: string, secret: string, key = 'key'): object {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/** A pod that uses Secrets in every way there is. */
export function podOfAllWays(): object {
  const env = [
    secretEnv('KEY', 'env'),
    secretEnv('PEM', 'lines', 'pem'),
    { name: 'URL', value: 'db://ada:$(KEY)@db?from=$(FROM_ONE)' },
  ];
  const volumes = [
    { name: 'volume', secret: { secretName: 'volume' } },
    { name: 'large', secret: { secretName: 'large' } },
    {
      name: 'projected',
      projected: {
        sources: [
          { secret: { name: 'projected' } },
          { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 900 } },
        ],
      },
    },
  ];
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/mnt/${name}` }));
  const main = {
    ...shell('main', 'echo ready; sleep infinity'),
    ...{ image: 'registry.example.com/team/app:1', env, volumeMounts },
    envFrom: [{ prefix: 'FROM_', secretRef: { name: 'from' } }],
  };
  const initContainers = [shell('before', 'test -n "$KEY"', { env: [secretEnv('KEY', 'init')] })];
  const spec = { containers: [main], initContainers, volumes, serviceAccountName: 'robot' };
  return podOf('all', undefined, { ...spec, imagePullSecrets: [{ name: 'pull' }, { name: 'bad-pull' }] });
}

/** Pods that fail, are refused or have to wait, by name; each is called like its Secret. */
export function podsInTrouble(): Readonly<Record<string, object>> {
  const withKey = (name: string, script: string, more: object = {}): object =>
    podOf(name, undefined, {
      containers: [shell('main', script, { env: [secretEnv('KEY', name)], ...more })],
    });
  const command = ['login', '--key=$(KEY)'];
  const composed = [secretEnv('KEY', 'composed'), { name: 'URL', value: 'db://$(KEY)@db' }];
  const livenessProbe = {
    exec: { command: ['test', '$(KEY)', '=', ''] },
    periodSeconds: 5,
    failureThreshold: 1,
  };
  return {
    crash: withKey('crash', 'sleep 1; exit 1'),
    argument: podOf('argument', undefined, {
      containers: [{ name: 'main', image: IMAGE, command, env: [secretEnv('KEY', 'argument')] }],
    }),
    keyless: withKey('keyless', 'true', { env: [secretEnv('KEY', 'keyless'), secretEnv('TWO', 'no-such')] }),
    bytes: withKey('bytes', 'true'),
    nul: withKey('nul', 'true'),
    composed: withKey('composed', 'true', { env: composed }),
    probe: withKey('probe', 'sleep infinity', { livenessProbe }),
    halved: withKey('halved', 'sleep infinity'),
    cut: withKey('cut', 'sleep infinity'),
    lost: withKey('lost', 'sleep infinity'),
  };
}
