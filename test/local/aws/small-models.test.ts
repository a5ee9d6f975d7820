import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { createEventBridgeModel } from '../../../lib/local/aws/eventbridge/eventbridge-model.ts';
import { matchesPattern } from '../../../lib/local/aws/eventbridge/match-pattern.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { createLogsModel } from '../../../lib/local/aws/logs/logs-model.ts';
import { createSecretsManagerModel } from '../../../lib/local/aws/secrets-manager/secrets-manager-model.ts';
import { parsePodNoticeEvent } from '../../../events/pod-notice.ts';
import { readSample } from '../../events/read-samples.ts';
import { T0 } from './ecs-bench.ts';

const place = { region: 'eu-central-1', account: '111122223333' };

describe('EventBridge', () => {
  const bridge = () => createEventBridgeModel({ place, ids: sequentialIds('eb'), kept: 3 });
  const put = (entry: Record<string, unknown>) => ({
    Entries: [{ Source: 'lambdalet.pod', DetailType: 'Pod Running', Detail: '{}', ...entry }],
  });

  it('keeps what PutEvents took, in the envelope that our own parser reads', () => {
    const model = bridge();
    const { detail } = readSample('pod-notice', 'running') as { detail: unknown };
    model.handle('PutEvents', put({ Detail: JSON.stringify(detail) }), T0);
    expect(parsePodNoticeEvent(model.events()[0])).toMatchObject({
      ok: true,
      event: { time: '2026-03-04T09:15:00Z', detail },
    });
  });

  it('sends events to the rules that match, and keeps only the last ones', () => {
    const model = bridge();
    const seen: unknown[] = [];
    model.addRule({ pattern: { source: ['aws.ecs'] }, target: (event) => seen.push(event['id']) });
    model.publish({ id: 'a', source: 'aws.ecs' }, T0);
    model.publish({ id: 'b', source: 'aws.ec2' }, T0);
    for (let nth = 0; nth < 5; nth += 1) model.handle('PutEvents', put({ DetailType: `n${nth}` }), T0);
    expect(seen).toEqual(['a']);
    expect(model.events().map((event) => event['detail-type'])).toEqual(['n2', 'n3', 'n4']);
  });

  it.each([
    [{ Source: undefined }, 'InvalidArgument'],
    [{ Detail: '' }, 'InvalidArgument'],
    [{ Source: 'aws.ecs' }, 'NotAuthorizedForSourceException'],
    [{ Detail: 'no json' }, 'MalformedDetail'],
    [{ Detail: '[1]' }, 'MalformedDetail'],
  ])('refuses the entry %j, not the request', (entry, code) => {
    expect(bridge().handle('PutEvents', put(entry), T0)).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: code }],
    });
  });

  it('refuses too much at once and unknown operations', () => {
    const entry = put({}).Entries[0]!;
    expect(() =>
      bridge().handle('PutEvents', { Entries: Array.from({ length: 11 }, () => entry) }, T0),
    ).toThrow(AwsError);
    expect(() => bridge().handle('PutEvents', put({ Detail: `{"a":"${'x'.repeat(262_144)}"}` }), T0)).toThrow(
      /over the limit/,
    );
    expect(() => bridge().handle('PutRule', {}, T0)).toThrow(/does not know/);
  });
});

describe('an event pattern', () => {
  const event = {
    source: 'aws.ecs',
    detail: { clusterArn: 'c1', group: 'lambdalet:demo/n', startedBy: 'x', tags: ['a', 'b'] },
  };

  it.each([
    [{ source: ['aws.ecs'], detail: { clusterArn: ['c0', 'c1'] } }, true],
    [{ detail: { clusterArn: ['c2'] } }, false],
    [{ detail: { group: [{ prefix: 'lambdalet:' }] } }, true],
    [{ detail: { group: [{ suffix: '/m' }] } }, false],
    [{ detail: { startedBy: [{ exists: true }], stopCode: [{ exists: false }] } }, true],
    [{ detail: { stopCode: [{ exists: true }] } }, false],
    [{ detail: { clusterArn: [{ 'anything-but': ['c1'] }] } }, false],
    [{ detail: { clusterArn: [{ 'equals-ignore-case': 'C1' }] } }, true],
    [{ detail: { tags: ['b'] } }, true],
    [{ nothing: { here: ['x'] } }, false],
  ])('%j: %j', (pattern, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });

  it('with a matcher that is not emulated throws', () => {
    expect(() => matchesPattern({ source: [{ wildcard: '*' }] }, event)).toThrow(/not emulated: wildcard/);
  });
});

describe('Secrets Manager', () => {
  it('keeps the current and the previous version, by name or ARN', () => {
    const model = createSecretsManagerModel({ place, ids: sequentialIds('sm') });
    const call = (operation: string, input: unknown) =>
      model.handle(operation, input, T0) as Record<string, string>;
    const { ARN } = call('CreateSecret', { Name: 'kubeconfig', SecretString: 'one' });
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:111122223333:secret:kubeconfig-\w{6}$/);
    const second = call('PutSecretValue', { SecretId: 'kubeconfig', SecretString: 'two' })['VersionId'];
    for (const SecretId of ['kubeconfig', ARN, ARN?.slice(0, -7)]) {
      expect(call('GetSecretValue', { SecretId })).toMatchObject({
        SecretString: 'two',
        Name: 'kubeconfig',
        CreatedDate: T0 / 1000,
      });
    }
    expect(call('GetSecretValue', { SecretId: ARN, VersionStage: 'AWSPREVIOUS' })['SecretString']).toBe(
      'one',
    );
    expect(call('GetSecretValue', { SecretId: ARN, VersionId: second })['SecretString']).toBe('two');
    expect(() => call('GetSecretValue', { SecretId: ARN, VersionId: 'x' })).toThrow(/VersionId x/);
    expect(() => call('GetSecretValue', { SecretId: 'none' })).toThrow(
      expect.objectContaining({ type: 'ResourceNotFoundException' }),
    );
    expect(() => call('CreateSecret', { Name: 'kubeconfig' })).toThrow(
      expect.objectContaining({ type: 'ResourceExistsException' }),
    );
    expect(() => call('RotateSecret', {})).toThrow(/does not know/);
  });
});

describe('CloudWatch Logs', () => {
  function logs() {
    const model = createLogsModel({ place, linesKept: 50 });
    const call = (operation: string, input: unknown, now = T0) =>
      model.handle(operation, { logGroupName: '/pods', ...(input as object) }, now) as Record<
        string,
        unknown
      >;
    const write = (stream: string, text: string, at = T0) =>
      model.sink.write({ group: '/pods', stream, text, at });
    const texts = (answer: Record<string, unknown>) =>
      (answer['events'] as { message: string }[]).map(({ message }) => message);
    call('CreateLogGroup', {});
    return { model, call, write, texts };
  }

  it('gives lines from the tail or the head, and goes on by token', () => {
    const { call, write, texts } = logs();
    for (let nth = 0; nth < 5; nth += 1) write('s', `line ${nth}`, T0 + nth);
    expect(texts(call('GetLogEvents', { logStreamName: 's', limit: 2 }))).toEqual(['line 3', 'line 4']);
    const head = call('GetLogEvents', { logStreamName: 's', limit: 2, startFromHead: true });
    expect(texts(head)).toEqual(['line 0', 'line 1']);
    const rest = call('GetLogEvents', { logStreamName: 's', nextToken: head['nextForwardToken'] });
    expect(texts(rest)).toEqual(['line 2', 'line 3', 'line 4']);
    const end = call('GetLogEvents', { logStreamName: 's', nextToken: rest['nextForwardToken'] });
    expect(end).toMatchObject({ events: [], nextForwardToken: rest['nextForwardToken'] });
    write('s', 'line 5', T0 + 5);
    expect(texts(call('GetLogEvents', { logStreamName: 's', nextToken: end['nextForwardToken'] }))).toEqual([
      'line 5',
    ]);
    const back = call('GetLogEvents', { logStreamName: 's', nextToken: rest['nextBackwardToken'] });
    expect(texts(back)).toEqual(['line 0', 'line 1']);
    expect(() => call('GetLogEvents', { logStreamName: 's', nextToken: 'x' })).toThrow(
      /nextToken is invalid/,
    );
  });

  it('goes on by token when old lines were dropped, and keeps only so many', () => {
    const { call, write, texts } = logs();
    write('s', 'first');
    const token = call('GetLogEvents', { logStreamName: 's', startFromHead: true })['nextForwardToken'];
    for (let nth = 1; nth <= 80; nth += 1) write('s', `line ${nth}`);
    const rest = texts(call('GetLogEvents', { logStreamName: 's', nextToken: token }));
    expect(rest).toHaveLength(50);
    expect(rest[0]).toBe('line 31');
  });

  it('filters over streams by time, prefix and text', () => {
    const { call, write, texts } = logs();
    write('pod/a/1', 'ERROR one', T0 + 2);
    write('pod/a/1', 'fine', T0 + 3);
    write('pod/b/1', 'ERROR two', T0 + 1);
    expect(texts(call('FilterLogEvents', { filterPattern: '"ERROR"' }))).toEqual(['ERROR two', 'ERROR one']);
    expect(
      texts(call('FilterLogEvents', { logStreamNamePrefix: 'pod/a', startTime: T0 + 2, endTime: T0 + 2 })),
    ).toEqual(['ERROR one']);
    expect(texts(call('FilterLogEvents', { logStreamNames: ['pod/b/1'] }))).toEqual(['ERROR two']);
    const page = call('FilterLogEvents', { limit: 2 });
    expect(texts(call('FilterLogEvents', { nextToken: page['nextToken'] }))).toEqual(['fine']);
    expect(() => call('FilterLogEvents', { nextToken: 'of another call' })).toThrow('nextToken');
  });

  it('filters by the fields of events in JSON', () => {
    const { call, write, texts } = logs();
    const [task, container] = ['{"Type":"Task","Family":"web-1"}', '{"Type":"Container","Family":"web-1"}'];
    for (const text of [task, container, 'Container', '7']) write('pod/a/1', text, T0);
    const filter = (filterPattern: string) => texts(call('FilterLogEvents', { filterPattern }));
    expect(filter('{ $.Type = "Container" }')).toEqual([container]);
    expect(filter('{ $.Family = "web-*" && $.Type = "Task" }')).toEqual([task]);
    expect(() => filter('{ $.Type > 3 }')).toThrow('Invalid filter pattern');
  });

  it('drops what is older than the retention, which has only certain values', () => {
    const { call, write, texts } = logs();
    write('s', 'old', T0);
    call('PutRetentionPolicy', { retentionInDays: 1 });
    expect(texts(call('GetLogEvents', { logStreamName: 's' }, T0 + 86_400_001))).toEqual([]);
    expect(call('DescribeLogGroups', {})).toMatchObject({
      logGroups: [{ logGroupName: '/pods', retentionInDays: 1 }],
    });
    expect(() => call('PutRetentionPolicy', { retentionInDays: 2 })).toThrow(/not one of the allowed values/);
  });

  it('lists streams by name or by their last line', () => {
    const { call, write } = logs();
    write('b', 'x', T0);
    write('a', 'x', T0 + 1);
    const names = (query: Record<string, unknown>) =>
      (call('DescribeLogStreams', query)['logStreams'] as { logStreamName: string }[]).map(
        ({ logStreamName }) => logStreamName,
      );
    expect(names({})).toEqual(['a', 'b']);
    expect(names({ orderBy: 'LastEventTime' })).toEqual(['b', 'a']);
    expect(names({ descending: true, limit: 1 })).toEqual(['b']);
    expect(names({ logStreamNamePrefix: 'a' })).toEqual(['a']);
  });

  it('takes lines from its own API and refuses what is not there or there already', () => {
    const { call, texts, model } = logs();
    call('CreateLogStream', { logStreamName: 'mine' });
    call('PutLogEvents', { logStreamName: 'mine', logEvents: [{ timestamp: T0, message: 'hi' }] });
    expect(texts(call('GetLogEvents', { logStreamName: 'mine' }))).toEqual(['hi']);
    expect(() => call('CreateLogStream', { logStreamName: 'mine' })).toThrow(/already exists/);
    expect(() => call('CreateLogGroup', {})).toThrow(/already exists/);
    expect(() => call('GetLogEvents', { logStreamName: 'none' })).toThrow(/log stream does not exist/);
    expect(() => call('GetLogEvents', { logGroupName: '/none', logStreamName: 'x' })).toThrow(
      /log group does not exist/,
    );
    expect(
      call('DescribeLogStreams', {
        logGroupName: undefined,
        logGroupIdentifier: 'arn:aws:logs:eu-central-1:1:log-group:/pods:*',
      })['logStreams'],
    ).toHaveLength(1);
    model.sink.write({ group: '/none', stream: 's', text: 'lost', at: T0 });
    expect(model.sink.openGroup('/new', false, T0)).toBe(false);
    expect(model.sink.openGroup('/new', true, T0)).toBe(true);
  });
});
