import { describe, expect, it } from 'vitest';
import { createTaskSources } from '../../../lib/local/aws/create-aws-models.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { createS3Model } from '../../../lib/local/aws/s3/s3-model.ts';
import { createSecretsManagerModel } from '../../../lib/local/aws/secrets-manager/secrets-manager-model.ts';
import { createBench, definition, shell, T0 } from './ecs-bench.ts';

const ROLE = 'arn:aws:iam::111122223333:role/execution';
const FILE = 'arn:aws:s3:::files/a/main.env';

/** A bench whose agent fetches from S3 and Secrets Manager. */
function startBench() {
  const place = { region: 'eu-central-1', account: '111122223333' };
  const s3 = createS3Model();
  s3.handle('CreateBucket', { Bucket: 'files' }, T0);
  const secrets = createSecretsManagerModel({ place, ids: sequentialIds('secrets') });
  const bench = createBench({ sources: createTaskSources(s3, secrets) });
  const put = (content: string, Key = 'a/main.env') =>
    s3.handle('PutObject', { Bucket: 'files', Key, Body: Buffer.from(content) }, bench.now);
  const keep = (Name: string, SecretString: string) =>
    (secrets.handle('CreateSecret', { Name, SecretString }, bench.now) as { ARN: string }).ARN;
  const start = (container: Record<string, unknown>, override: Record<string, unknown> = {}) => {
    bench.register({ ...definition({ name: 'main', image: 'nginx', ...container }), executionRoleArn: ROLE });
    const { taskArn } = bench.run({ overrides: { containerOverrides: [{ name: 'main', ...override }] } });
    bench.pass(5000);
    return {
      ...bench.task(taskArn),
      environment: Object.fromEntries(bench.ecs.environmentOf(taskArn, 'main')),
    };
  };
  return { bench, put, keep, start };
}

describe('what the agent fetches', () => {
  it('reads env files as they are: no quotes, no comments, nothing without a value', () => {
    const { put, start } = startBench();
    put('A=1\n# B=2\nC=a=b "c"\n\nD=\nE\n  F = x \r\n=G\n');
    const { environment } = start({}, { environmentFiles: [{ type: 's3', value: FILE }] });
    expect(environment).toEqual({ A: '1', C: 'a=b "c"', 'F ': ' x' });
  });

  it('lets overrides win over the definition, both over files, the first file over the next', () => {
    const { put, start } = startBench();
    put('A=file\nB=file\nC=file\nD=file\n');
    put('D=second\nE=second\n', 'a/second.env');
    const { environment } = start(
      {
        environment: [
          { name: 'A', value: 'definition' },
          { name: 'B', value: 'definition' },
        ],
        environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::files/replaced.env' }],
      },
      {
        environment: [{ name: 'A', value: 'override' }],
        environmentFiles: [FILE, 'arn:aws:s3:::files/a/second.env'].map((value) => ({ type: 's3', value })),
      },
    );
    expect(environment).toEqual({ A: 'override', B: 'definition', C: 'file', D: 'file', E: 'second' });
  });

  it('takes secrets whole, or one key of their JSON', () => {
    const { keep, start } = startBench();
    const arn = keep('one', '{"key":"a\\nb","number":1}');
    const { environment } = start({
      secrets: [
        { name: 'ALL', valueFrom: arn },
        { name: 'KEY', valueFrom: `${arn}:key::` },
      ],
    });
    expect(environment).toEqual({ ALL: '{"key":"a\\nb","number":1}', KEY: 'a\nb' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['NoSuchKey', { environmentFiles: [{ type: 's3', value: FILE }] }],
    ['NoSuchBucket', { environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::none/a.env' }] }],
    ['ResourceNotFoundException', { secrets: [{ name: 'A', valueFrom: 'none' }] }],
    ['did not contain json key', { secrets: [{ name: 'A', valueFrom: `${LOGIN}:none::` }] }],
    ['ResourceNotFoundException', { repositoryCredentials: { credentialsParameter: 'none' } }],
    ['no username and password', { repositoryCredentials: { credentialsParameter: 'text' } }],
  ])('keeps the task from starting when it is not there: %s', (words, container) => {
    const { keep, start } = startBench();
    keep('text', 'no json');
    keep('login', '{}');
    const task = start(container);
    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart', containers: [] });
    expect(task.stoppedReason).toMatch(/^ResourceInitializationError: /);
    expect(task.stoppedReason).toContain(words);
  });

  it('keeps the task from starting when a line is longer than the agent reads', () => {
    const { put, start } = startBench();
    put(`A=${'x'.repeat(65_536)}\n`);
    const task = start({}, { environmentFiles: [{ type: 's3', value: FILE }] });
    expect(task.stoppedReason).toContain('line too long');
  });

  it('is nothing at all where the emulator has no S3', () => {
    const bench = createBench();
    bench.register({
      ...definition({ name: 'main', image: 'i', environmentFiles: [{ type: 's3', value: FILE }] }),
      executionRoleArn: ROLE,
    });
    const { taskArn } = bench.run();
    bench.pass(5000);
    expect(bench.task(taskArn).stoppedReason).toContain('nothing to fetch from');
  });

  it('includes file systems and images', () => {
    const { bench, start } = startBench();
    expect(start({ image: 'private.test/app' }).stoppedReason).toContain('pull access denied');
    bench.register({
      ...definition(),
      volumes: [{ name: 'data', efsVolumeConfiguration: { fileSystemId: 'fs-00000000' } }],
    });
    const { taskArn } = bench.run();
    bench.pass(5000);
    expect(bench.task(taskArn).stoppedReason).toContain('Failed to resolve "fs-00000000.efs.');
  });
});

const LOGIN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:login';

describe('a task of Jobs', () => {
  it('ends with its waiter once all containers that it names have stopped', () => {
    const bench = createBench();
    bench.register(
      definition(
        { name: 'one', image: 'busybox', essential: false, ...shell('sleep 5') },
        { name: 'two', image: 'busybox', essential: false, ...shell('sleep 20; exit 3') },
        { name: 'side', image: 'nginx', essential: false },
        {
          name: 'lambdalet-waiter',
          image: 'busybox',
          entryPoint: ['sh', '-c', 'script about side', 'lambdalet-waiter'],
          command: ['one', 'two'],
        },
      ),
    );
    const { taskArn } = bench.run();
    bench.pass(20_000);
    expect(bench.task(taskArn).lastStatus).toBe('RUNNING');
    bench.pass(10_000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
    });
    expect(bench.task(taskArn).containers.map(({ exitCode }) => exitCode)).toEqual([0, 3, 143, 0]);
  });
});

describe('the health of a container', () => {
  const checked = (script: string, command: string[], more: object = {}) => {
    const bench = createBench();
    const healthCheck = { command, interval: 5, retries: 2, ...more };
    bench.register(definition({ name: 'main', image: 'busybox', healthCheck, ...shell(script) }));
    const { taskArn } = bench.run();
    return (seconds: number) => {
      bench.pass(T0 + 2000 + seconds * 1000 - bench.now);
      return bench.task(taskArn).healthStatus;
    };
  };

  it('follows the files that its script makes and removes', () => {
    const at = checked('touch /tmp/healthy; sleep 30; rm /tmp/healthy; sleep 600', [
      'CMD',
      'cat',
      '/tmp/healthy',
    ]);
    expect([at(0.5), at(2), at(29)]).toEqual(['UNKNOWN', 'HEALTHY', 'HEALTHY']);
    expect([at(32), at(38)], 'after two failures').toEqual(['HEALTHY', 'UNHEALTHY']);
  });

  it('forgives failures in the start period, and none after it', () => {
    const at = checked('sleep 600', ['CMD-SHELL', 'test -f /ready'], { startPeriod: 20 });
    expect([at(19), at(40)]).toEqual(['UNKNOWN', 'UNHEALTHY']);
  });

  it('is good when the check cannot be simulated', () => {
    expect(checked('sleep 600', ['CMD-SHELL', 'curl -f localhost || exit 1'])(60)).toBe('HEALTHY');
    expect(checked('sleep 600', ['CMD', '/app/check'])(60)).toBe('HEALTHY');
  });

  it('is not asked for with NONE', () => {
    expect(checked('sleep 600', ['NONE'])(60)).toBe('UNKNOWN');
  });
});

describe('RegisterTaskDefinition of what containers read', () => {
  const withContainer = (container: object, body: object = {}) => ({
    ...definition({ name: 'a', image: 'i', ...container }),
    executionRoleArn: ROLE,
    ...body,
  });
  const withVolume = (volume: object) => withContainer({}, { volumes: [{ name: 'v', ...volume }] });
  const withEfs = (efs: object) =>
    withVolume({ efsVolumeConfiguration: { fileSystemId: 'fs-12345678', ...efs } });
  const tmpfs = (more: object) => ({
    linuxParameters: { tmpfs: [{ containerPath: '/t', size: 1, ...more }] },
  });

  it.each<[string, Record<string, unknown>]>([
    [
      'executionRoleArn',
      { ...withContainer({ secrets: [{ name: 'A', valueFrom: 'x' }] }), executionRoleArn: undefined },
    ],
    [
      "such as 'A'",
      withContainer({ secrets: [{ name: 'A', valueFrom: 'x' }], environment: [{ name: 'A', value: '' }] }),
    ],
    ['Invalid secret source', withContainer({ secrets: [{ name: 'A', valueFrom: 'a b' }] })],
    ['ends in .env', withContainer({ environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::b/a.txt' }] })],
    [
      'at most 10 environment files',
      withContainer({ environmentFiles: Array(11).fill({ type: 's3', value: FILE }) }),
    ],
    ["pidMode 'host'", withContainer({}, { pidMode: 'host' })],
    ['IpcMode', withContainer({}, { ipcMode: 'task' })],
    ['Volume name', withVolume({ name: 'a b' })],
    ['sourcePath', withVolume({ host: { sourcePath: '/x' } })],
    ['docker volumes', withVolume({ dockerVolumeConfiguration: {} })],
    ['Windows', withVolume({ fsxWindowsFileServerVolumeConfiguration: {} })],
    ['unique', withContainer({}, { volumes: [{ name: 'v' }, { name: 'v' }] })],
    ['Invalid file system ID', withEfs({ fileSystemId: 'x' })],
    ['Invalid access point ID', withEfs({ authorizationConfig: { accessPointId: 'x' } })],
    ['must be ENABLED', withEfs({ authorizationConfig: { accessPointId: 'fsap-12345678' } })],
    [
      'when using an access point',
      withEfs({ rootDirectory: '/a', authorizationConfig: { accessPointId: 'fsap-12345678' } }),
    ],
    ['absolute path', withEfs({ rootDirectory: 'a' })],
    ["Unknown volume 'w'", withContainer({ mountPoints: [{ sourceVolume: 'w', containerPath: '/x' }] })],
    [
      "path 'x'",
      withContainer(
        { mountPoints: [{ sourceVolume: 'v', containerPath: 'x' }] },
        { volumes: [{ name: 'v' }] },
      ),
    ],
    [
      'Duplicate mount',
      withContainer(
        { mountPoints: ['/x', '/x'].map((containerPath) => ({ sourceVolume: 'v', containerPath })) },
        { volumes: [{ name: 'v' }] },
      ),
    ],
    ['Invalid tmpfs of', withContainer(tmpfs({ size: 0 }))],
    ["option 'loud'", withContainer(tmpfs({ mountOptions: ['mode=1777', 'loud'] }))],
    [
      'system control: vm.swappiness',
      withContainer({ systemControls: [{ namespace: 'vm.swappiness', value: '1' }] }),
    ],
    ['ulimit nofile', withContainer({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] })],
    ['must start with NONE', withContainer({ healthCheck: { command: ['curl'] } })],
  ])('refuses: %s', (words, body) => {
    expect(createBench().refusal('RegisterTaskDefinition', body)).toContain(words);
  });

  it('takes all of it when it is right', () => {
    const everything = withContainer(
      {
        secrets: [{ name: 'A', valueFrom: `${LOGIN}:key::` }],
        environmentFiles: [{ type: 's3', value: FILE }],
        repositoryCredentials: { credentialsParameter: LOGIN },
        mountPoints: [{ sourceVolume: 'v', containerPath: '/v', readOnly: true }],
        systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
        ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }],
        ...tmpfs({ mountOptions: ['mode=1777', 'noexec'] }),
      },
      {
        pidMode: 'task',
        volumes: [
          {
            name: 'v',
            efsVolumeConfiguration: {
              fileSystemId: 'fs-12345678',
              transitEncryption: 'ENABLED',
              authorizationConfig: { accessPointId: 'fsap-12345678', iam: 'ENABLED' },
            },
          },
        ],
      },
    );
    expect(createBench().refusal('RegisterTaskDefinition', everything)).toBe('accepted');
  });
});

describe('RunTask of what containers read', () => {
  it.each<[string, Record<string, unknown>]>([
    ['ends in .env', { environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::b/a' }] }],
    ['execution role', { environmentFiles: [{ type: 's3', value: FILE }] }],
  ])('refuses: %s', (words, override) => {
    const bench = createBench();
    bench.register();
    const overrides = { containerOverrides: [{ name: 'main', ...override }] };
    expect(() => bench.run({ overrides })).toThrow(words);
  });

  it('refuses a variable that is a secret already', () => {
    const { bench, start } = startBench();
    start({ secrets: [{ name: 'A', valueFrom: 'x' }] });
    const containerOverrides = [{ name: 'main', environment: [{ name: 'A', value: 'x' }] }];
    expect(() => bench.run({ overrides: { containerOverrides } })).toThrow("such as 'A'");
  });

  it.each([
    [[{ key: 'aws:x', value: '' }]],
    [[{ key: 'a', value: 'x'.repeat(257) }]],
    [[{ key: 'a', value: '<' }]],
    [['a', 'a'].map((key) => ({ key, value: '' }))],
  ])('refuses the tags %j', (tags) => {
    const bench = createBench();
    bench.register();
    expect(() => bench.run({ tags })).toThrow(/tag/i);
  });
});
