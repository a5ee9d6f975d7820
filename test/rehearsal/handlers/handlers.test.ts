// The handlers themselves, in execution environments of their own, over the real wire protocols and in real time: what the stage on
// virtual time leaves out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { eventually, isReady, openNamespace, podOf, type Namespace } from '../../e2e/world-under-test.ts';
import { openDeployment, type HandlerDeployment, type StoredItem } from './open-deployment.ts';

let world: HandlerDeployment;
beforeAll(async () => {
  world = await openDeployment({ deployId: 'first' });
  await nodeIsReady(world, 'virtual-1');
});
afterAll(() => world.close());

const complaining = (of: HandlerDeployment) => ({
  user: of.user,
  log: { errors: () => of.lines.filter(({ level }) => level === 'ERROR') },
});
const wait = <T>(
  of: HandlerDeployment,
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> => eventually(complaining(of), what, look, 60_000);

async function nodeIsReady(of: HandlerDeployment, node: string): Promise<void> {
  await wait(of, `${node} is Ready`, async () => {
    const { status, body } = await of.user.ask('GET', `/api/v1/nodes/${node}`);
    return status === 200 && isReady(body as Pod) ? true : undefined;
  });
}

async function runPods(
  of: HandlerDeployment,
  namespace: string,
  count: number,
  spec: object = {},
): Promise<Namespace> {
  const pods = await openNamespace(complaining(of), namespace);
  const names = Array.from({ length: count }, (_, nth) => `web-${nth}`);
  await Promise.all(names.map((name) => pods.create(podOf(name, 'sleep infinity', spec))));
  await Promise.all(names.map((name) => pods.until(name, 'is Ready', isReady)));
  return pods;
}

/** The ARN and the state of every task that was ever started for a namespace, by pod. */
function tasksIn({ aws }: HandlerDeployment, namespace: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const desiredStatus of ['RUNNING', 'STOPPED']) {
    const query = { cluster: 'lambdalet-local', desiredStatus };
    const { taskArns } = aws.models.ecs.handle('ListTasks', query, Date.now()) as { taskArns: string[] };
    if (taskArns.length === 0) continue;
    const { tasks } = aws.models.ecs.handle(
      'DescribeTasks',
      { cluster: 'lambdalet-local', tasks: taskArns },
      Date.now(),
    ) as { tasks: DescribedTask[] };
    for (const { lastStatus, overrides } of tasks) {
      const [of, name = ''] = podIn(overrides).split('/');
      if (of === namespace) found.set(name, [...(found.get(name) ?? []), lastStatus]);
    }
  }
  return found;
}

interface DescribedTask {
  readonly lastStatus: string;
  readonly overrides: {
    readonly containerOverrides?: readonly {
      readonly environment?: readonly { readonly name: string; readonly value: string }[];
    }[];
  };
}

function podIn({ containerOverrides = [] }: DescribedTask['overrides']): string {
  const variables = containerOverrides.flatMap(({ environment = [] }) => environment);
  return variables.find(({ name }) => name === 'LAMBDALET_POD')?.value ?? '';
}

/** Each of the pods has had one task, which runs. */
function expectOnce(of: HandlerDeployment, namespace: string, count: number): void {
  const tasks = [...tasksIn(of, namespace).values()];
  expect(tasks).toEqual(Array(count).fill(['RUNNING']));
}

async function itemOf({ table }: HandlerDeployment, uid: string): Promise<StoredItem> {
  const found = (await table.read()).find(({ sk }) => sk?.S === `POD#${uid}`);
  if (found === undefined) throw new Error(`no record of ${uid}`);
  return found;
}

const slotOf = async ({ table }: HandlerDeployment): Promise<StoredItem | undefined> =>
  (await table.read()).find(({ sk }) => sk?.S === 'SLOT');

describe('the handlers', { timeout: 120_000 }, () => {
  it('hand the watch to a new deployment and back, start every pod once, and keep what they do not know', async () => {
    const pods = await runPods(world, 'upgrade', 2);
    const known = await pods.find('web-0');
    const strange = await pods.find('web-1');
    // As a newer version may have left them: an attribute, and a state.
    const item = await itemOf(world, known!.metadata.uid);
    await world.table.put([{ ...item, hologram: { S: 'kept' } }]);
    const other = { ...(await itemOf(world, strange!.metadata.uid)), state: { S: 'entangled' } };
    await world.table.put([other]);
    for (const [nth, deployId] of ['second', 'first'].entries()) {
      world.deploy({ deployId });
      await pods.create(podOf(`late-${nth}`, 'sleep infinity'));
      await wait(world, `${deployId} holds the slot`, async () =>
        (await slotOf(world))?.['deployId']?.S === deployId ? true : undefined,
      );
      await pods.until(`late-${nth}`, 'is Ready', isReady);
    }
    expectOnce(world, 'upgrade', 4);
    expect(await itemOf(world, known!.metadata.uid)).toMatchObject({ hologram: { S: 'kept' } });
    expect(await itemOf(world, strange!.metadata.uid)).toEqual(other);
    await wait(world, 'the old holder has told that it lost the slot', () =>
      world.lines.some(({ message }) => message === 'Another invocation took the slot') ? true : undefined,
    );
    await world.table.put([{ ...other, state: { S: 'launched' } }]);
    await Promise.all(['web-0', 'web-1', 'late-0', 'late-1'].map((name) => pods.remove(name, 0)));
  });

  it('rebuild the records of a table that was deleted, and are not misled by one that is restored', async () => {
    const pods = await runPods(world, 'table', 3);
    const backup = await world.table.read();
    const kept = await pods.find('web-1');
    await pods.remove('web-0');
    await pods.gone('web-0');
    await world.table.recreate();
    await pods.create(podOf('late', 'sleep infinity'));
    await pods.until('late', 'is Ready', isReady);
    const rebuilt = await wait(world, 'the record is there again', () =>
      itemOf(world, kept!.metadata.uid).catch(() => undefined),
    );
    expect(rebuilt).toMatchObject({ state: { S: 'launched' }, attempt: { N: '1' } });

    // As it was when web-0 was there and late was not.
    await world.table.recreate();
    await world.table.put(backup);
    await pods.create(podOf('later', 'sleep infinity'));
    await pods.until('later', 'is Ready', isReady);
    const tasks = tasksIn(world, 'table');
    expect(tasks.get('web-0')).toEqual(['STOPPED']);
    for (const name of ['web-1', 'web-2', 'late', 'later'])
      expect(tasks.get(name), name).toEqual(['RUNNING']);
    await pods.remove('late', 1);
    await pods.gone('late', 120_000);
    expect(tasksIn(world, 'table').get('late'), 'its record is found when it is needed').toEqual(['STOPPED']);
    await Promise.all(['web-1', 'web-2', 'later'].map((name) => pods.remove(name, 0)));
  });

  it('say what is wrong with a secret without showing it, and go on when it is right again', async () => {
    const pods = await runPods(world, 'secret', 2);
    const seen = world.lines.length;
    world.setSecret('canary-4711');
    await world.recycle();
    const told = await wait(world, 'the log tells of the secret', () =>
      world.lines.slice(seen).find((line) => JSON.stringify(line).includes('kubeconfig cannot be used')),
    );
    expect(JSON.stringify(told)).not.toContain('canary-4711');
    world.setSecret(world.kubeconfig);
    await pods.create(podOf('late', 'sleep infinity'));
    await pods.until('late', 'is Ready', isReady);
    await nodeIsReady(world, 'virtual-1');
    expectOnce(world, 'secret', 3);
    await Promise.all(['web-0', 'web-1', 'late'].map((name) => pods.remove(name, 0)));
  });
});

describe('a deployment of two nodes', { timeout: 120_000 }, () => {
  let two: HandlerDeployment;
  beforeAll(async () => {
    two = await openDeployment({ deployId: 'first', nodes: ['virtual-1', 'virtual-2'] });
    await Promise.all([nodeIsReady(two, 'virtual-1'), nodeIsReady(two, 'virtual-2')]);
  });
  afterAll(() => two.close());

  it('loses one of them with its pods, and then all of it, as CloudFormation asks for it', async () => {
    const on = (node: string) => ({
      nodeSelector: { 'kubernetes.io/hostname': node },
      restartPolicy: 'Always',
    });
    await runPods(two, 'leaving', 2, on('virtual-1'));
    const staying = await runPods(two, 'staying', 2, on('virtual-2'));
    two.deploy({ deployId: 'second', nodes: ['virtual-2'] });
    const answer = await two.deleteNodeResource('virtual-1');
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'virtual-1',
      Reason: 'node virtual-1 and its lease are removed',
    });
    expect([...tasksIn(two, 'leaving').values()]).toEqual([['STOPPED'], ['STOPPED']]);
    expect((await two.user.ask('GET', '/api/v1/nodes/virtual-1')).status).toBe(404);
    expectOnce(two, 'staying', 2);
    expect(isReady((await staying.find('web-0'))!)).toBe(true);

    two.stopTriggers();
    const last = await two.deleteNodeResource('virtual-2');
    expect(last).toMatchObject({ Status: 'SUCCESS', Reason: 'node virtual-2 and its lease are removed' });
    expect([...tasksIn(two, 'staying').values()]).toEqual([['STOPPED'], ['STOPPED']]);
    const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/virtual-2';
    expect((await two.user.ask('GET', lease)).status).toBe(404);
  });
});
