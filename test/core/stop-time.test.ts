import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../../lib/core/kubernetes.ts';
import { sleepOf, stopTimeOf } from '../../lib/core/stop-time.ts';
import { decides } from '../support/vocabulary-decision.ts';
import { ago, aLaunch, aPod, aTask, aView, deleted, NOW, SECOND, showing } from '../support/vocabulary.ts';

type Hook = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;
const exec = (...command: string[]): Hook => ({ exec: { command } });
const podWith = (...hooks: readonly Hook[]): Pod =>
  aPod({ spec: { containers: hooks.map((preStop, at) => ({ name: `c${at}`, lifecycle: { preStop } })) } });

describe('the sleep of a preStop hook', () => {
  it.each([
    { hook: { sleep: { seconds: 5 } }, seconds: 5 },
    { hook: exec('sleep', '10'), seconds: 10 },
    { hook: exec('/bin/sleep', '7'), seconds: 7 },
    { hook: exec('/bin/sh', '-c', 'sleep 15'), seconds: 15 },
    { hook: exec('sh', '-c', ' sleep 0.5s; '), seconds: 0.5 },
    { hook: exec('/bin/sh', '-c', 'sleep 5 && nginx -s quit'), seconds: undefined },
    { hook: exec('nginx', '-s', 'quit'), seconds: undefined },
    { hook: exec('sh', '-c'), seconds: undefined },
    { hook: exec('sh', '-c', 'sleep 5', 'extra'), seconds: undefined },
    { hook: { httpGet: { port: 80 } }, seconds: undefined },
  ])('$hook is $seconds', ({ hook, seconds }) => {
    expect(sleepOf(hook)).toBe(seconds);
  });
});

describe('when a deleted pod is stopped', () => {
  it('is when its longest sleep is over', () => {
    expect(stopTimeOf(deleted(podWith(exec('sleep', '5'), exec('sleep', '10'))))).toBe(NOW + 10 * SECOND);
  });
  it('is not later than its grace', () => {
    expect(stopTimeOf(deleted(podWith(exec('sleep', '100')), 30))).toBe(NOW + 30 * SECOND);
  });
  it('is at once without hooks', () => {
    expect(stopTimeOf(deleted(aPod()))).toBe(NOW);
  });
  it('counts the sleep of native sidecars, and none of a pod that nobody deletes', () => {
    const lifecycle = { preStop: { sleep: { seconds: 3 } } };
    const initContainers = [{ name: 's', restartPolicy: 'Always', lifecycle }];
    expect(stopTimeOf(deleted(aPod({ spec: { initContainers } })))).toBe(NOW + 3 * SECOND);
    expect(stopTimeOf(podWith())).toBe(0);
    expect(stopTimeOf(podWith({ httpGet: { port: 80 } }))).toBe(0);
  });
});

const sleeping = podWith(exec('sleep', '10'));
const settled = (pod: Pod, record = aLaunch(aTask({ containers: [] }))) =>
  aView({ pod: showing(pod, record), record });

describe('a deleted pod that sleeps before it stops', () => {
  decides([
    {
      when: 'waits for its sleep',
      view: settled(deleted(sleeping)),
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    {
      when: 'still shows what became of it meanwhile',
      view: aView({ pod: deleted(sleeping), record: aLaunch() }),
      then: { kind: 'patchStatus' },
    },
    {
      when: 'is stopped after it',
      view: settled(deleted(sleeping, 30)),
      at: NOW + 10 * SECOND,
      then: { kind: 'stop' },
    },
    {
      when: 'is stopped at once when its object is gone',
      view: aView({ pod: undefined, record: aLaunch() }),
      then: { kind: 'stop' },
    },
    {
      when: 'is asked again without another sleep',
      view: settled(
        deleted(sleeping),
        aLaunch(aTask({ containers: [] }), { stop: { why: 'deleted', at: ago(20), deadline: NOW + SECOND } }),
      ),
      then: { kind: 'stop' },
    },
  ]);
});
