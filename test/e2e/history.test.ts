// `lambdalet history`, as a person runs it, about pods of a world of local mode.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../lib/local/world/world.ts';
import { readHistoryDocument } from '../../lib/history/history-document.ts';
import type { HistoryReport } from '../../lib/history/tell-history.ts';
import { replayHistory } from '../simulation/replay-history.ts';
import { ask, writeDeployment } from './ask-lambdalet.ts';
import { findCanaries, newCanary } from './secret-canary-search.ts';
import { openNamespace, openWorld, podOf, type Namespace } from './world-under-test.ts';

const IMAGE = 'public.ecr.aws/docker/library/busybox:1.37';
let world: World;
let pods: Namespace;
let file: string;

beforeAll(async () => {
  world = await openWorld({});
  pods = await openNamespace(world, 'past');
  file = await writeDeployment(world);
}, 60_000);
afterAll(() => world.close());

async function report(pod: string, argv: readonly string[] = []): Promise<HistoryReport> {
  const { out, err } = await ask(world, ['history', pod, '-c', file, '-o', 'json', ...argv]);
  expect(err).toBe('');
  return JSON.parse(out) as HistoryReport;
}

const actsOf = ({ rows }: HistoryReport): string[] =>
  rows.flatMap(({ act }) => (act === undefined ? [] : [act]));
const once = (name: string, script: string): object =>
  podOf(name, undefined, {
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', script] }],
  });

describe('lambdalet history', () => {
  it('tells of a pod that ran once from its binding to its end', async () => {
    await pods.create(once('job', 'exit 0'));
    await pods.until('job', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
    const told = await report('past/job');
    expect(told.unread).toEqual([]);
    expect(told.rows.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        `bound to ${world.node}`,
        'attempt claimed',
        'launch sent, pending',
        'task seen, stopped: main exit 0',
        'status published, Succeeded: main terminated Completed 0',
      ]) as string[],
    );
    expect(actsOf(told)).toEqual(
      expect.arrayContaining(['claim', 'launch', 'taskSeen', 'patchStatus']) as string[],
    );
    const times = told.rows.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const { code, out } = await ask(world, ['history', 'past/job', '-c', file]);
    expect(code).toBe(0);
    expect(out).toMatch(/^past\/job, uid [0-9a-f-]{36}\n/);
    expect(out).toMatch(
      /\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\+\d+\.\d{3} +attempt claimed +the pod was bound\n/,
    );
    expect(out).toMatch(/\nnow {2}the pod is Succeeded; its record is \w+, attempt 1\n/);
  }, 60_000);

  it('tells of a pod that is gone, and of the others that had its name', async () => {
    const uids: string[] = [];
    for (const round of [1, 2]) {
      await pods.create(once('again', `exit ${round}`));
      const pod = await pods.until('again', 'has failed', ({ status }) => status?.phase === 'Failed');
      uids.push(pod.metadata.uid);
      await pods.remove('again', 0);
    }
    const [first = '', second = ''] = uids;
    const told = await report('past/again');
    expect(told).toMatchObject({ uid: second, now: expect.stringMatching(/^the pod is gone; /) as string });
    expect(told.others.map(({ uid }) => uid)).toEqual([first]);
    const before = await report('past/again', ['--uid', first]);
    expect(before.rows.map(({ what }) => what)).toContain('task seen, stopped: main exit 1');
  }, 90_000);

  it('shows no value of a Secret, of the environment, of an annotation or of a command', async () => {
    const [secret, plain, note, word] = ['secret', 'plain', 'note', 'word'].map((name) => newCanary(name));
    if (secret === undefined || plain === undefined || note === undefined || word === undefined)
      throw new Error();
    await world.user.demand('POST', '/api/v1/namespaces/past/secrets', {
      ...{ metadata: { name: 'word' }, stringData: { word: secret.value } },
    });
    const env = [
      { name: 'PLAIN', value: plain.value },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'word', key: 'word' } } },
    ];
    const container = { name: 'main', image: IMAGE, env, command: ['sh', '-c', `exit 0 # ${word.value}`] };
    const pod = podOf('quiet', undefined, { restartPolicy: 'Never', containers: [container] }) as {
      metadata: object;
    };
    await pods.create({ ...pod, metadata: { ...pod.metadata, annotations: { note: note.value } } });
    await pods.until('quiet', 'has ended', ({ status }) => status?.phase === 'Succeeded');
    const places = [
      { where: 'json', text: JSON.stringify(await report('past/quiet')) },
      { where: 'text', text: (await ask(world, ['history', 'past/quiet', '-c', file])).out },
    ];
    expect(findCanaries([secret, plain, note, word], places)).toEqual([]);
  }, 60_000);

  it('exports what nobody has to keep secret, and what the simulation replays', async () => {
    const words = ['name', 'image', 'plain', 'note', 'word', 'label', 'secret'].map((name) =>
      newCanary(name),
    );
    const [name = '', image = '', plain = '', note = '', word = '', label = '', secret = ''] = words.map(
      ({ core }) => core.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
    );
    await world.user.demand('POST', '/api/v1/namespaces/past/secrets', {
      ...{ metadata: { name: `s${secret}` }, stringData: { word: secret } },
    });
    const container = {
      ...{
        name: `c${name}`,
        image: `public.ecr.aws/${image}/app:1`,
        command: ['sh', '-c', `exit 3 # ${word}`],
      },
      env: [
        { name: 'PLAIN', value: plain },
        { name: 'WORD', valueFrom: { secretKeyRef: { name: `s${secret}`, key: 'word' } } },
      ],
    };
    const pod = podOf('candid', undefined, { containers: [container] }) as { metadata: object };
    const metadata = { ...pod.metadata, annotations: { note }, labels: { label: `l${label}` } };
    await pods.create({ ...pod, metadata });
    const { metadata: stored } = await pods.until(
      'candid',
      'was started twice',
      ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
      90_000,
    );
    const exported = join(world.folder, 'candid.json');
    const told = await ask(world, ['history', 'past/candid', '-c', file, '--export', exported]);
    expect(told.err).toBe('');
    const text = await readFile(exported, 'utf8');
    for (const canary of [name, image, plain, note, word, label, secret]) {
      expect(canary.length).toBeGreaterThan(5);
      expect(text.toLowerCase()).not.toContain(canary);
    }
    const others = [stored.uid, 'candid', 'past', 'arn:', '111122223333', '000000000000', 'amazonaws'];
    for (const one of others) expect(text).not.toContain(one);
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+|20\d\d-\d\d/);
    // When it was done hangs on how busy this machine is; that it is done again does not.
    const differences = await replayHistory(readHistoryDocument(text));
    expect(differences.filter((one) => one.startsWith('missing'))).toEqual([]);
    await pods.remove('candid', 0);
  }, 120_000);

  it('ends with 1 when nobody knows of such a pod', async () => {
    const { code, out } = await ask(world, ['history', 'past/nobody', '-c', file]);
    expect(out).toMatch(/nothing was told of it since/);
    expect(code).toBe(1);
  });
});
