import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { createPodReader, findLog } from '../../lib/cli/logs/find-log.ts';
import { boundsOf } from '../../lib/cli/logs/log-flags.ts';
import type { OpenCluster } from '../../lib/cli/logs/open-cluster.ts';
import { writeLog } from '../../lib/cli/logs/write-log.ts';
import { FailureError } from '../../lib/core/failure.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Kubernetes } from '../../lib/doctor/kubernetes/ask-kubernetes.ts';
import type { LogLine } from '../../lib/ports/logs.ts';
import { startScriptedAws } from '../doctor/script-aws.ts';
import { cli } from './run-here.ts';

const NOTHING = {
  ...{ follow: false, previous: false, timestamps: false },
  ...{ tail: undefined, since: undefined, 'since-time': undefined, 'limit-bytes': undefined },
} as const;

describe('lambdalet logs', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['no pod', [], /there is no pod: give \[NAMESPACE\/\]POD, or POD/],
    ['two pods', ['a', 'b'], /unexpected "b": one pod at a time/],
    ['half a name', ['shop/'], /the pod is "shop\/": allowed is \[NAMESPACE\/\]POD/],
    ['more than a name', ['a/b/c'], /the pod is "a\/b\/c"/],
    ['a workload', ['deploy/web', '-n', 'shop'], /deploy\/web is no pod/],
    ['a container and all of them', ['web', '--all-containers', '-c', 'main'], /leave one of them out/],
    ['no cluster', ['shop/web'], /give --config FILE, or --cluster NAME/],
    ['a tail that is no number', ['web', '--tail', 'all'], /--tail is "all": allowed is a number/],
    ['a duration without a unit', ['web', '--since', '5'], /--since is "5": allowed is a duration/],
    ['a time without a zone', ['web', '--since-time', '2026-01-01T00:00:00'], /allowed is a time such as/],
    ['no time of this world', ['web', '--since-time', '2026-13-01T00:00:00Z'], /there is no such time/],
    ['no day of this world', ['web', '--since-time', '2026-02-30T00:00:00Z'], /there is no such time/],
    [
      'bounds that Kubernetes refuses, all at once',
      ['web', '--since', '0s', '--since-time', '2026-01-01T00:00:00Z', '--limit-bytes', '0'],
      /--since: must be greater than 0\n--limit-bytes: must be greater than 0\n--since-time: at most one of/,
    ],
  ])('refuses %s', async (_, argv, words) => {
    const { code, err } = await cli(['logs', ...argv]);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });

  it('says which of several kubeconfigs is not meant', async () => {
    const environment = { KUBECONFIG: '/a:/b' };
    process.env['AWS_REGION'] ??= 'eu-west-1';
    const { code, err } = await cli(['logs', 'web', '--cluster', 'main'], { environment });
    expect(err).toContain('KUBECONFIG names 2 files: give one with --kubeconfig FILE');
    expect(code).toBe(2);
  });

  it('takes a tail of -1 for all lines, as kubectl does', () => {
    expect(boundsOf({ ...NOTHING, tail: '-1' })).toEqual({});
  });

  it.each([
    ['90s', 90],
    ['1h30m', 5_400],
    ['1.5m', 90],
    ['0.6s', 1],
  ])('takes %s for %i seconds', (since, sinceSeconds) => {
    expect(boundsOf({ ...NOTHING, since })).toEqual({ sinceSeconds });
  });
});

describe('the logs of a deployment', () => {
  it('are not looked for in another account than that of its file', async () => {
    const aws = await startScriptedAws({
      'sts:GetCallerIdentity': { Account: '444455556666', Arn: 'arn:aws:iam::444455556666:user/ada' },
    });
    const folder = await mkdtemp(join(tmpdir(), 'lambdalet-logs-'));
    try {
      const config = join(folder, 'deployment.yaml');
      const cluster = { clusterName: 'shop', identityMode: 'kubeconfig', secret: 'shop' };
      const nodes = [{ name: 'fargate', subnets: ['subnet-0a000001'], securityGroups: ['sg-0a000001'] }];
      const place = { account: '111122223333', region: 'eu-west-1' };
      await writeFile(config, stringify({ ...place, clusters: [{ ...cluster, nodes }] }));
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
      const environment = { AWS_ENDPOINT_URL: aws.url };
      const { code, err } = await cli(['logs', 'web', '--config', config], { environment });
      expect(err).toContain('the credentials are of account 444455556666, not of 111122223333');
      expect(code).toBe(1);
      expect(aws.asked.map(({ action }) => action)).toEqual(['sts:GetCallerIdentity']);
    } finally {
      vi.unstubAllEnvs();
      await aws.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('a pod that is read again and again', () => {
  const pod = { metadata: { namespace: 'shop', name: 'web', uid: 'u1' } } as unknown as Pod;
  const refusing = (code: string): Kubernetes => {
    const get = () => Promise.reject(new FailureError({ kind: 'auth', code, message: 'no' }));
    return { get } as unknown as Kubernetes;
  };

  it('is read with a fresh credential when the first has come to its end, and then with that', async () => {
    let renewals = 0;
    const podNow = createPodReader({
      kubernetes: refusing('401'),
      renewKubernetes: () => {
        renewals += 1;
        return Promise.resolve({ get: () => Promise.resolve(pod) } as unknown as Kubernetes);
      },
    });
    expect(await podNow(pod)).toBe(pod);
    expect(await podNow(pod)).toBe(pod);
    expect(renewals).toBe(1);
  });

  it.each([
    ['401', 1],
    ['403', 0],
  ])('is a fault with %s, after %i renewals', async (code, expected) => {
    let renewals = 0;
    const renewKubernetes = (): Promise<Kubernetes> => {
      renewals += 1;
      return Promise.resolve(refusing(code));
    };
    const podNow = createPodReader({ kubernetes: refusing(code), renewKubernetes });
    await expect(podNow(pod)).rejects.toMatchObject({ failure: { code } });
    expect(renewals).toBe(expected);
  });
});

describe('a pod of another kubelet', () => {
  it('is left to kubectl', async () => {
    const pod = {
      metadata: { namespace: 'shop', name: 'web', uid: 'u1' },
      spec: { nodeName: 'ip-10-0-0-1', containers: [{ name: 'main' }] },
      status: {
        containerStatuses: [{ name: 'main', containerID: 'containerd://a', state: { running: {} } }],
      },
    } as unknown as Pod;
    await expect(findLog({} as OpenCluster, pod, 'main', false)).rejects.toThrow(
      'pod "web" runs on ip-10-0-0-1, which is no virtual node: kubectl logs -n shop web shows its log',
    );
  });
});

describe('a log that is written', () => {
  async function* pages(count: number): AsyncGenerator<readonly LogLine[]> {
    for (let at = 0; at < count; at += 1) yield await Promise.resolve([{ at, text: 'x'.repeat(1_000) }]);
  }
  const form = { timestamps: false, mostBytes: undefined, prefix: '', json: undefined };

  it('waits for whoever reads it', async () => {
    const stdout = new PassThrough({ highWaterMark: 2_000 });
    let written = 0;
    async function* counted(): AsyncGenerator<readonly LogLine[]> {
      for await (const page of pages(50)) {
        written += 1;
        yield page;
      }
    }
    const done = writeLog(counted(), form, { stdout: stdout as never });
    await new Promise(setImmediate);
    expect(written).toBeLessThan(10);
    const read = text(stdout);
    await done;
    stdout.end();
    expect(await read).toHaveLength(50 * 1_001);
  });

  it('is given up at Ctrl-C, although its reader takes nothing', async () => {
    const stdout = new PassThrough({ highWaterMark: 2_000 });
    const interrupt = new AbortController();
    let left = false;
    async function* endless(): AsyncGenerator<readonly LogLine[]> {
      try {
        yield* pages(Number.POSITIVE_INFINITY);
      } finally {
        left = true;
      }
    }
    const done = writeLog(endless(), form, { stdout: stdout as never }, interrupt.signal);
    await new Promise(setImmediate);
    expect(stdout.writableNeedDrain).toBe(true);
    interrupt.abort();
    await done;
    expect(left).toBe(true);
  });

  it('begins each line with what it is of, where that is wanted, and no part of one', async () => {
    let out = '';
    const stdout = { write: (one: string) => Boolean((out += one)) } as never;
    async function* cut(): AsyncGenerator<readonly LogLine[]> {
      yield* await Promise.resolve([['a'.repeat(262_118), 'b', 'c'].map((one) => ({ at: 0, text: one }))]);
    }
    await writeLog(cut(), { ...form, timestamps: true, prefix: '[pod/web/main] ' }, { stdout });
    expect(out.replace(/a{9,}/, 'a')).toBe(
      '[pod/web/main] 1970-01-01T00:00:00.000000000Z ab\n[pod/web/main] 1970-01-01T00:00:00.000000000Z c\n',
    );
  });

  it('names in JSON what it is of, and which parts belong together', async () => {
    let out = '';
    const stdout = { write: (one: string) => Boolean((out += one)) } as never;
    const json = { namespace: 'shop', pod: 'web', container: 'main' };
    const parts = [['a'.repeat(262_118), 'b'].map((part) => ({ at: 0, text: part }))];
    async function* cut(): AsyncGenerator<readonly LogLine[]> {
      yield* await Promise.resolve(parts);
    }
    await writeLog(cut(), { ...form, json }, { stdout });
    const documents = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { isPartial?: true });
    expect(documents.map(({ isPartial }) => isPartial)).toEqual([true, undefined]);
    expect(documents[1]).toMatchObject({
      kind: 'LogLine',
      ...json,
      text: 'b',
      time: '1970-01-01T00:00:00.000Z',
    });
  });
});
