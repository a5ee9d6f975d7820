import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../lib/core/kubernetes.ts';
import { planVolumes } from '../../lib/providers/ecs-fargate/plan/plan-volumes.ts';
import type { PlannedVolumes } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';
import { formatLabels, quoteGo } from '../../lib/providers/ecs-fargate/plan/quote-go.ts';
import { toFileVariables, writeArchive } from '../../lib/providers/ecs-fargate/plan/write-archive.ts';
import { aContainer, aPod } from './fixtures.ts';
import { A_TOKEN, aPodMounting, aPodWhere, contextOf, problemsOf, type Given } from './volume-fixtures.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

/** The archive as `path mode: text` (a directory: `path/ mode`). */
function contentOf({ writer, problems }: PlannedVolumes): readonly string[] {
  if (writer?.archive === undefined) throw new Error(`no archive: ${JSON.stringify(problems)}`);
  const tar = gunzipSync(writer.archive);
  const bytes = tar.buffer.slice(tar.byteOffset, tar.byteOffset + tar.byteLength);
  return parseTar(bytes).map(({ name, type, attrs, data }) => {
    const mode = Number.parseInt(attrs?.mode ?? '', 8).toString(8);
    const text = data === undefined ? '' : Buffer.from(data).toString();
    return type === 'directory' ? `${name}/ ${mode}` : `${name} ${mode}: ${text}`;
  });
}

const planWith = (volume: Omit<Volume, 'name'>, given: Given, spec: Partial<PodSpec> = {}) =>
  planVolumes(contextOf(aPodMounting([{ name: 'v', ...volume }], spec), given));

describe('a ConfigMap or a Secret as files', () => {
  const given: Given = {
    configMaps: { app: { 'b.conf': 'B', 'a.conf': 'A', 'logo.png': Uint8Array.of(0x89, 0x50) } },
    secrets: { keys: { password: 'hunter2' } },
  };

  it('has a file for every key, with the default mode', () => {
    expect(contentOf(planWith({ configMap: { name: 'app' } }, given))).toEqual([
      'volume-0/ 777',
      'volume-0/a.conf 644: A',
      'volume-0/b.conf 644: B',
      'volume-0/logo.png 644: \ufffdP',
    ]);
    expect(contentOf(planWith({ secret: { secretName: 'keys', defaultMode: 0o400 } }, given))).toEqual([
      'volume-0/ 777',
      'volume-0/password 400: hunter2',
    ]);
  });

  it('has only the items, at their paths, with their modes', () => {
    const items = [
      { key: 'b.conf', path: './conf.d//deep/b/', mode: 0o600 },
      { key: 'a.conf', path: 'a' },
    ];
    expect(contentOf(planWith({ configMap: { name: 'app', items, defaultMode: 0o444 } }, given))).toEqual([
      'volume-0/ 777',
      'volume-0/conf.d/ 755',
      'volume-0/conf.d/deep/ 755',
      'volume-0/a 444: A',
      'volume-0/conf.d/deep/b 600: B',
    ]);
  });

  it('can be read by the fsGroup', () => {
    const items = [{ key: 'a.conf', path: 'd/a', mode: 0o600 }];
    const planned = planWith({ configMap: { name: 'app', items } }, given, {
      securityContext: { fsGroup: 7 },
    });
    expect(contentOf(planned)).toEqual(['volume-0/ 2777', 'volume-0/d/ 2755', 'volume-0/d/a 640: A']);
    expect(planned.writer?.script).toContain('chgrp -R 7 volume-0');
  });

  it('shows one directory of it where a subPath says so', () => {
    const volume = {
      name: 'v',
      configMap: {
        name: 'app',
        items: [
          { key: 'a.conf', path: 'd/e/a' },
          { key: 'b.conf', path: 'b' },
        ],
      },
    };
    const pod = aPodWhere({ main: [{ name: 'v', mountPath: '/d', subPath: 'd' }] }, [volume]);
    expect(contentOf(planVolumes(contextOf(pod, given)))).toEqual([
      'volume-0/ 755',
      'volume-0/e/ 755',
      'volume-0/e/a 644: A',
    ]);
  });

  it('is the same archive for the same content', () => {
    const [one, other] = [
      planWith({ configMap: { name: 'app' } }, given),
      planWith({ configMap: { name: 'app' } }, given),
    ];
    expect(one.writer?.archive).toEqual(other.writer?.archive);
  });

  it('never is in the draft, nor its values in the script', () => {
    const planned = planWith({ secret: { secretName: 'keys' } }, given);
    expect(JSON.stringify({ ...planned, writer: planned.writer?.script })).not.toContain('hunter2');
  });

  const failed = (why: string) =>
    `ContainerCreating/FailedMount: MountVolume.SetUp failed for volume "v" : ${why}`;

  it.each([
    { volume: { configMap: { name: 'gone' } }, why: 'configmap "gone" not found' },
    { volume: { secret: { secretName: 'gone' } }, why: 'secret "gone" not found' },
    {
      volume: { configMap: { name: 'app', items: [{ key: 'k', path: 'k' }] } },
      why: 'configmap references non-existent config key: k',
    },
    {
      volume: { secret: { secretName: 'keys', items: [{ key: 'k', path: 'k' }] } },
      why: 'references non-existent secret key: k',
    },
    { volume: { secret: { secretName: 'closed', optional: true } }, why: 'closed is forbidden' },
    {
      volume: { projected: { sources: [{ secret: { name: 'gone' } }, { configMap: { name: 'gone' } }] } },
      why: '[secret "gone" not found, configmap "gone" not found]',
    },
    {
      volume: { configMap: { name: 'app', items: [{ key: 'a.conf', path: '../a' }] } },
      why: 'invalid path: "../a"',
    },
    {
      volume: { configMap: { name: 'app', items: [{ key: 'a.conf', path: '.' }] } },
      why: 'invalid path: ""',
    },
    {
      volume: {
        configMap: {
          name: 'app',
          items: [
            { key: 'a.conf', path: 'a' },
            { key: 'b.conf', path: 'a/b' },
          ],
        },
      },
      why: 'mkdir a: not a directory',
    },
    {
      volume: { downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'spec.nodeName' } }] } },
      why: 'unsupported fieldPath: spec.nodeName',
    },
    {
      volume: {
        downwardAPI: {
          items: [{ path: 'x', resourceFieldRef: { containerName: 'no', resource: 'limits.cpu' } }],
        },
      },
      why: 'container no not found',
    },
    {
      volume: {
        downwardAPI: {
          items: [{ path: 'x', resourceFieldRef: { containerName: 'main', resource: 'limits.gpu' } }],
        },
      },
      why: 'unsupported container resource : limits.gpu',
    },
  ])('is waited for: $why', ({ volume, why }) => {
    const planned = planWith(volume, { ...given, unreadable: 'closed' });
    expect(problemsOf(planned)).toEqual([failed(why)]);
    expect(planned.writer?.archive).toBeUndefined();
  });

  it('may be absent, or lack keys, where it is optional', () => {
    expect(contentOf(planWith({ configMap: { name: 'gone', optional: true } }, given))).toEqual([
      'volume-0/ 777',
    ]);
    const items = [
      { key: 'a.conf', path: 'a' },
      { key: 'nope', path: 'n' },
      { key: 'constructor', path: 'c' },
    ];
    expect(contentOf(planWith({ configMap: { name: 'app', items, optional: true } }, given))).toEqual([
      'volume-0/ 777',
      'volume-0/a 644: A',
    ]);
  });

  it('says what is too large, and what to do', () => {
    const bytes = (): Uint8Array => crypto.getRandomValues(new Uint8Array(65_536));
    const large = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`k${index}`, bytes()]));
    const pod = aPodMounting([
      { name: 'small', configMap: { name: 'large', items: [{ key: 'k0', path: 'k0' }] } },
      { name: 'large', configMap: { name: 'large' } },
      { name: 'again', secret: { secretName: 'more' } },
    ]);
    const more = { a: bytes(), b: bytes(), c: bytes(), d: bytes(), e: bytes() };
    const planned = planVolumes(contextOf(pod, { configMaps: { large }, secrets: { more } }));
    expect(problemsOf(planned)).toEqual([
      expect.stringMatching(
        /a task has room for 1536 KiB: large \(960 KiB\), again \(320 KiB\), small \(64 KiB\)\. Put large files/,
      ),
    ]);
  });
});

describe('the downward API as files', () => {
  const metadata = {
    labels: { tier: 'web', app: 'shop "one"' },
    annotations: { note: 'two\nlines\tand é \u0007 \u00a0 \u{1f600} \u{e0001}' },
  };
  const fileFor = (item: object, spec: Partial<PodSpec> = {}) => {
    const volume = { name: 'v', downwardAPI: { items: [{ path: 'file', ...item }] } };
    const { spec: mounting } = aPodMounting([volume], spec);
    const pod = aPod(mounting, { ...metadata, name: 'web-0' });
    return contentOf(planVolumes(contextOf(pod, {})))[1];
  };

  it.each([
    { fieldPath: 'metadata.name', text: 'web-0' },
    { fieldPath: 'metadata.namespace', text: 'shop' },
    { fieldPath: "metadata.labels['tier']", text: 'web' },
    { fieldPath: "metadata.annotations['none']", text: '' },
    { fieldPath: 'metadata.labels', text: 'app="shop \\"one\\""\ntier="web"' },
    {
      fieldPath: 'metadata.annotations',
      text: 'note="two\\nlines\\tand é \\a \\u00a0 \u{1f600} \\U000e0001"',
    },
  ])('gives $fieldPath', ({ fieldPath, text }) => {
    expect(fileFor({ fieldRef: { fieldPath } })).toBe(`volume-0/file 644: ${text}`);
  });

  it('gives the uid, with the mode of the item', () => {
    const item = { fieldRef: { fieldPath: 'metadata.uid' }, mode: 0o400 };
    expect(fileFor(item)).toMatch(/^volume-0\/file 400: [-0-9a-f]{36}$/);
  });

  it.each([
    { resource: 'limits.cpu', divisor: '1m', limits: {}, text: '1500' },
    { resource: 'limits.cpu', divisor: '0', text: '2' },
    { resource: 'requests.cpu', divisor: '1', text: '1' },
    { resource: 'limits.memory', divisor: '1Mi', text: '1024' },
    { resource: 'requests.memory', divisor: '1', text: '0' },
    { resource: 'limits.ephemeral-storage', divisor: '1Gi', text: '20' },
    { resource: 'requests.memory', divisor: '1', limits: { memory: '64Mi' }, text: '67108864' },
  ])(
    'gives $resource in units of $divisor; the task stands in for a missing limit',
    ({ text, limits, ...of }) => {
      const resources = { limits: { cpu: '1500m', ...limits }, requests: { cpu: '250m' } };
      const containers = [aContainer({ resources, volumeMounts: [{ name: 'v', mountPath: '/v' }] })];
      expect(fileFor({ resourceFieldRef: { containerName: 'main', ...of } }, { containers })).toBe(
        `volume-0/file 644: ${text}`,
      );
    },
  );

  it('is empty where it refers to nothing', () => {
    expect(fileFor({})).toBe('volume-0/file 644: ');
  });

  it('writes labels in byte order, each on one line', () => {
    const key = fc.stringMatching(/^[a-z./]{1,6}$/);
    const value = fc.string({
      unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\u2028', 'é', '\u{1f600}'),
    });
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 4 }), (labels) => {
        const lines = Object.keys(labels).length === 0 ? [] : formatLabels(labels).split('\n');
        expect(lines.map((line) => line.slice(0, line.indexOf('=')))).toEqual(Object.keys(labels).sort());
      }),
    );
    expect(quoteGo('')).toBe('""');
    expect(formatLabels(undefined)).toBe('');
    expect(formatLabels({ '\uff5e': '1', '\u{1f600}': '2' })).toMatch(/^\uff5e/);
  });
});
describe('a projected volume', () => {
  const given: Given = {
    configMaps: { app: { a: 'map', only: 'map' } },
    secrets: { keys: { a: 'secret' } },
    token: A_TOKEN,
  };
  const token = { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } };
  const all = {
    projected: {
      defaultMode: 0o440,
      sources: [
        { configMap: { name: 'app' } },
        { secret: { name: 'keys' } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
        token,
        {},
      ],
    },
  };

  it('holds all its sources, of which the last wins', () => {
    expect(contentOf(planWith(all, given))).toEqual([
      'volume-0/ 777',
      'volume-0/a 440: secret',
      'volume-0/namespace 440: shop',
      'volume-0/only 440: map',
      'volume-0/token 440: header.payload.signature',
    ]);
  });

  const tokenIn = (spec: Partial<PodSpec>) => {
    const planned = planWith({ projected: { sources: [token] } }, given, spec);
    const file = contentOf(planned).find((line) => line.includes('token'));
    const owner = /chown (\d+) 'volume-0\/token'/.exec(planned.writer?.script ?? '')?.[1] ?? 'root';
    return `${owner} ${file?.split(' ')[1] ?? ''}`;
  };

  it('keeps a token from everybody but the user that all containers name', () => {
    expect(tokenIn({})).toBe('root 644:');
    expect(tokenIn({ securityContext: { runAsUser: 1000 } })).toBe('1000 600:');
    expect(tokenIn({ securityContext: { runAsUser: 0 } })).toBe('root 600:');
    expect(tokenIn({ securityContext: { fsGroup: 7 } }), 'no process is in the group').toBe('root 644:');
    expect(tokenIn({ securityContext: { fsGroup: 7, runAsUser: 1000 } })).toBe('1000 640:');
    const init = aContainer({ name: 'init', securityContext: { runAsUser: 5 } });
    expect(tokenIn({ securityContext: { runAsUser: 1000 }, initContainers: [init] })).toBe('root 644:');
    const users = { securityContext: { runAsUser: 1000, runAsGroup: 7, fsGroup: 7 }, initContainers: [init] };
    expect(tokenIn(users), 'all processes are in the group').toBe('root 640:');
  });

  it('gives a token below a mounted directory to its user too', () => {
    const volume = { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'auth/token' } }] } };
    const pod = aPodWhere({ main: [{ name: 'v', mountPath: '/auth', subPath: 'auth' }] }, [volume], {
      securityContext: { runAsUser: 9 },
    });
    expect(planVolumes(contextOf(pod)).writer?.script).toContain("chown 9 'volume-0/token'");
  });

  it('says until when a token is valid, once and only to a pod that runs until it is deleted', () => {
    const twice = { projected: { sources: [token, { serviceAccountToken: { path: 'again' } }] } };
    expect(planWith(twice, given).notes).toEqual([
      expect.objectContaining({
        reason: 'TokenNotRenewed',
        message: expect.stringContaining('valid until 2026-03-01T13:00:00Z') as string,
      }),
    ]);
    expect(planWith(twice, given, { restartPolicy: 'Never' }).notes).toEqual([]);
    expect(planWith({ configMap: { name: 'app' } }, given).notes).toEqual([]);
  });

  it.each([
    { reading: undefined, why: 'serviceaccounts "default" not found' },
    {
      reading: { kind: 'unreadable', message: 'tokens are forbidden' } as const,
      why: 'tokens are forbidden',
    },
  ])('is waited for when there is no token: $why', ({ reading, why }) => {
    const planned = planWith(
      { projected: { sources: [token] } },
      reading === undefined ? {} : { token: reading },
    );
    expect(problemsOf(planned)).toEqual([
      `ContainerCreating/FailedMount: MountVolume.SetUp failed for volume "v" : failed to fetch token: ${why}`,
    ]);
  });
});

describe('the variables of an archive', () => {
  it('are short lines without padding, and as many as they say', () => {
    const archive = Buffer.alloc(100_000, 7);
    const variables = toFileVariables(archive);
    const { LAMBDALET_FILES_COUNT, ...chunks } = Object.fromEntries(variables);
    expect(LAMBDALET_FILES_COUNT).toBe(String(Object.keys(chunks).length));
    for (const chunk of Object.values(chunks)) expect(chunk).toMatch(/^[A-Za-z0-9+/]{1,32768}$/);
    expect(Buffer.from(Object.values(chunks).join(''), 'base64')).toEqual(archive);
  });

  it('end an archive that fills its last record', () => {
    const full = writeArchive([{ path: 'f', mode: 0o644, content: new Uint8Array(10_240 - 512) }]);
    expect(gunzipSync(full)).toHaveLength(10_240 + 1024);
  });
});
