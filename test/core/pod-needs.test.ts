import { describe, expect, it } from 'vitest';
import type { Container, PodSpec } from '../../lib/core/kubernetes.ts';
import { isUnusedToken, mountedVolumes, needsOf } from '../../lib/core/pod-needs.ts';
import { tokenKey } from '../../lib/core/pod-inputs.ts';
import { aPod } from '../support/vocabulary.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

const DAY = 24 * 3600;
const mounting = (...names: readonly string[]): Container => ({
  name: 'main',
  volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })),
});
const podWith = (spec: Partial<PodSpec>) => aPod({ spec });
const needsWith = (spec: Partial<PodSpec>) => needsOf(podWith(spec));

/** As admission writes it into every pod. */
const automatic: Volume = {
  name: 'kube-api-access-x7k2p',
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};
const withToken = { volumes: [automatic], containers: [mounting(automatic.name)] };

describe('what a pod refers to', () => {
  it('is nothing for a plain pod, but the variables of Services where the node gives them', () => {
    expect(needsOf(aPod())).toEqual({
      ...{ configMaps: [], secrets: [], claims: [], tokens: [] },
      ...{ serviceAccount: 'default', services: true },
    });
    expect(needsWith({ enableServiceLinks: false }).services).toBe(false);
  });

  it('are the objects of its environment, of init containers too, each once', () => {
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'app', key: 'a' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 'db', key: 'b' } } },
      { name: 'C', value: 'plain' },
    ];
    const envFrom = [{ configMapRef: { name: 'all' } }, { secretRef: { name: 'db' } }];
    const initContainers = [{ name: 'init', envFrom }];
    const needs = needsWith({ initContainers, containers: [{ name: 'main', env }] });
    expect(needs).toMatchObject({ configMaps: ['all', 'app'], secrets: ['db'] });
  });

  it('are the objects of the volumes that someone mounts, and no others', () => {
    const volumes: Volume[] = [
      { name: 'config', configMap: { name: 'files' } },
      { name: 'keys', secret: { secretName: 'tls' } },
      { name: 'data', persistentVolumeClaim: { claimName: 'shared' } },
      { name: 'mixed', projected: { sources: [{ configMap: { name: 'a' } }, { secret: { name: 'b' } }] } },
      { name: 'unused', secret: { secretName: 'nobody-mounts-it' } },
    ];
    const needs = needsWith({ volumes, containers: [mounting('config', 'keys', 'data', 'mixed')] });
    expect(needs).toMatchObject({ configMaps: ['files', 'a'], secrets: ['tls', 'b'], claims: ['shared'] });
  });

  it('are its pull secrets', () => {
    expect(needsWith({ imagePullSecrets: [{ name: 'registry' }, {}] }).secrets).toEqual(['registry']);
  });

  it('is a token of a day at least, because nothing renews it', () => {
    const tokenOf = (expirationSeconds: number) =>
      needsWith({
        containers: [mounting('t')],
        volumes: [
          {
            name: 't',
            projected: {
              sources: [{ serviceAccountToken: { path: 't', audience: 'vault', expirationSeconds } }],
            },
          },
        ],
      }).tokens;
    expect(tokenOf(600)).toEqual([{ audience: 'vault', expirationSeconds: DAY }]);
    expect(tokenOf(2 * DAY)).toEqual([{ audience: 'vault', expirationSeconds: 2 * DAY }]);
    expect(tokenOf(600).map(tokenKey)).toEqual(['86400/vault']);
  });
});

describe('the token that admission adds to every pod', () => {
  it('may be projected from nothing: then there is nothing to miss', () => {
    expect(isUnusedToken(aPod(), { name: automatic.name, projected: {} })).toBe(true);
  });

  it('is left out for the service account default, which may do nothing', () => {
    expect(mountedVolumes(podWith(withToken))).toEqual([]);
    expect(needsWith(withToken)).toMatchObject({ tokens: [], configMaps: [], serviceAccount: 'default' });
    expect(isUnusedToken(podWith({ serviceAccountName: 'default' }), automatic)).toBe(true);
  });

  it.each([{ serviceAccountName: 'robot' }, { automountServiceAccountToken: true }])(
    'is delivered with %o',
    (spec) => {
      const needs = needsWith({ ...withToken, ...spec });
      expect(needs).toMatchObject({
        tokens: [{ audience: '', expirationSeconds: DAY }],
        configMaps: ['kube-root-ca.crt'],
        serviceAccount: spec.serviceAccountName ?? 'default',
      });
    },
  );

  it.each<[string, Volume]>([
    ['another name', { ...automatic, name: 'tokens' }],
    ['no projection', { name: automatic.name, emptyDir: {} }],
    [
      'an audience of its own',
      { ...automatic, projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } },
    ],
    ['another ConfigMap', { ...automatic, projected: { sources: [{ configMap: { name: 'app' } }] } }],
    [
      'another field',
      {
        ...automatic,
        projected: {
          sources: [{ downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } }],
        },
      },
    ],
  ])('is not taken for a volume with %s', (_, volume) => {
    expect(isUnusedToken(aPod(), volume)).toBe(false);
  });
});
