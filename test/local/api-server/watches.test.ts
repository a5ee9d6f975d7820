import { describe, expect, it } from 'vitest';
import { CONFIGMAPS, createCluster, MERGE, pod, PODS, TABLE } from './cluster-under-test.ts';

const lone = () => createCluster({ controllers: 'none' });

describe('a watch', () => {
  it('starts with the present state when it names no resourceVersion', () => {
    const cluster = lone();
    cluster.post(PODS, pod('a'));
    const follower = cluster.follow(PODS);
    cluster.post(PODS, pod('b'));
    expect(follower.told()).toEqual(['ADDED a', 'ADDED b']);
    expect(follower.events[0]?.object).toMatchObject({ kind: 'Pod', apiVersion: 'v1' });
  });

  it('goes on from a resourceVersion without a gap and without repeats', () => {
    const cluster = lone();
    const { metadata } = cluster.post(PODS, pod('a'));
    cluster.post(PODS, pod('b'));
    cluster.patch(`${PODS}/a`, MERGE, { metadata: { labels: { x: 'y' } } });
    const follower = cluster.follow(PODS, { resourceVersion: metadata.resourceVersion });
    cluster.remove(`${PODS}/b`);
    expect(follower.told()).toEqual(['ADDED b', 'MODIFIED a', 'MODIFIED b', 'DELETED b']);
  });

  it('gets 410 Gone as an ERROR event for a resourceVersion that is forgotten', () => {
    const cluster = lone();
    const { metadata } = cluster.post(PODS, pod('a'));
    cluster.post(PODS, pod('b'));
    cluster.model.compact();
    const follower = cluster.follow(PODS, { resourceVersion: metadata.resourceVersion });
    expect(follower.events).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ]);
    expect(follower.isEnded()).toBe(true);
  });

  it('gets 410 when more has changed than the window keeps', () => {
    const cluster = createCluster({ controllers: 'none', watchWindow: 10 });
    const { metadata } = cluster.post(PODS, pod('a'));
    for (let index = 0; index < 20; index += 1)
      cluster.post(CONFIGMAPS, { metadata: { name: `m-${index}` } });
    expect(cluster.follow(PODS, { resourceVersion: metadata.resourceVersion }).events[0]).toMatchObject({
      object: { code: 410 },
    });
  });

  it('sees an object come and go as it begins and ceases to match the selector', () => {
    const cluster = lone();
    cluster.post(PODS, pod('a'));
    const follower = cluster.follow(PODS, { labelSelector: 'x=y' });
    cluster.patch(`${PODS}/a`, MERGE, { metadata: { labels: { x: 'y' } } });
    cluster.patch(`${PODS}/a`, MERGE, { metadata: { labels: { z: '1' } } });
    const left = cluster.patch(`${PODS}/a`, MERGE, { metadata: { labels: { x: 'n' } } });
    expect(follower.told()).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(follower.events[2]?.object.metadata).toMatchObject({
      labels: { x: 'y' },
      resourceVersion: left.metadata.resourceVersion,
    });
  });

  it('is narrowed to a node and to a namespace', () => {
    const cluster = lone();
    const follower = cluster.follow('/api/v1/pods', { fieldSelector: 'spec.nodeName=node-1' });
    const elsewhere = cluster.follow('/api/v1/namespaces/kube-system/pods');
    cluster.post(PODS, pod('a', { nodeName: 'node-1' }));
    cluster.post(PODS, pod('b', { nodeName: 'node-2' }));
    expect(follower.told()).toEqual(['ADDED a']);
    expect(elsewhere.told()).toEqual([]);
  });

  it('gets a bookmark each minute, one before its end, and ends at its timeout', () => {
    const cluster = lone();
    const follower = cluster.follow(PODS, {
      allowWatchBookmarks: 'true',
      timeoutSeconds: '100',
      resourceVersion: String(cluster.model.store.revision()),
    });
    cluster.pass(59);
    expect(follower.told()).toEqual([]);
    cluster.pass(1);
    expect(follower.events[0]).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Pod', metadata: { resourceVersion: String(cluster.model.store.revision()) } },
    });
    cluster.pass(40);
    expect(follower.told()).toEqual(['BOOKMARK', 'BOOKMARK']);
    expect(follower.isEnded()).toBe(true);
  });

  it('marks the end of the initial events for those who ask', () => {
    const cluster = lone();
    cluster.post(PODS, pod('a'));
    const query = {
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    };
    const follower = cluster.follow(PODS, query);
    expect(follower.told()).toEqual(['ADDED a', 'BOOKMARK']);
    expect(follower.events[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(() => cluster.follow(PODS, { sendInitialEvents: 'true' })).toThrow(
      'requires setting resourceVersionMatch',
    );
  });

  it('sends Tables, the columns only once', () => {
    const cluster = lone();
    cluster.post(PODS, pod('a'));
    const follower = cluster.follow(PODS, {}, TABLE);
    cluster.post(PODS, pod('b'));
    const [first, second] = follower.events;
    expect(first?.object.columnDefinitions).toHaveLength(9);
    expect(second?.object.columnDefinitions).toBeNull();
    expect(second?.object.rows[0].cells.slice(0, 3)).toEqual(['b', '0/1', 'Pending']);
  });

  it('tells changes in order even when a listener writes while it listens', () => {
    const cluster = lone();
    cluster.model.store.subscribe((event) => {
      if (event.type === 'ADDED' && event.storage === 'pods')
        cluster.post(CONFIGMAPS, { metadata: { generateName: 'x-' } });
    });
    const follower = cluster.follow(PODS);
    cluster.post(PODS, pod('a'));
    cluster.remove(`${PODS}/a`);
    expect(follower.told()).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('hears nothing after it was stopped, and ends when the server closes', () => {
    const cluster = lone();
    const [stopped, open] = [cluster.follow(PODS), cluster.follow(PODS)];
    stopped.stop();
    cluster.post(PODS, pod('a'));
    cluster.model.close();
    expect([stopped.told(), stopped.isEnded(), open.told(), open.isEnded()]).toEqual([
      [],
      false,
      ['ADDED a'],
      true,
    ]);
  });
});
