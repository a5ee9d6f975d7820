import { describe, expect, it } from 'vitest';
import { envFileKey } from '../../lib/providers/ecs-fargate/plan/env-file-key.ts';
import { variableMirror } from '../../lib/providers/ecs-fargate/plan/mirror-variables.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { NODE, POD_SETTINGS } from './deployment-text.ts';
import { resourcesOf, rightsOf, statementsOf, synthesize } from './synthesize.ts';
import type { Statement } from './synthesize.ts';

const { controlLoop } = synthesize();
const FILES = /^import:lambdalet-test-state:ExportsOutputFnGetAtttestStatePodFilesBucket\w+Arn\w+$/;
const POD_FILES = new RegExp(`${FILES.source.slice(0, -1)}/test/\\*$`);
const MIRRORS = [
  'arn:aws:secretsmanager:eu-west-1:123456789012:secret:lambdalet/test/env/*',
  'arn:aws:secretsmanager:eu-west-1:123456789012:secret:lambdalet/test/pull/*',
];

function executionRights(template = controlLoop): readonly Statement[] {
  const [id] = [...resourcesOf(template, 'AWS::IAM::Role').keys()].filter((role) =>
    role.includes('ExecutionRole'),
  );
  return statementsOf(template, id!);
}

/** The only statement about this action; two would widen each other. */
function only(statements: readonly Statement[], action: string): Statement {
  const found = statements.filter(({ actions }) => actions.includes(action));
  expect(found, action).toHaveLength(1);
  return found[0]!;
}

function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') && text.startsWith(pattern.slice(0, -1));
}

describe('the rights to the files of pods', () => {
  it('are for the objects of this cluster: pod-sync writes and removes, node-teardown removes', () => {
    expect(only(rightsOf(controlLoop, 'pod-sync'), 's3:PutObject')).toEqual({
      actions: ['s3:DeleteObject', 's3:PutObject'],
      resources: [expect.stringMatching(POD_FILES)],
      condition: undefined,
    });
    expect(only(rightsOf(controlLoop, 'node-teardown'), 's3:DeleteObject')).toEqual({
      actions: ['s3:DeleteObject'],
      resources: [expect.stringMatching(POD_FILES)],
      condition: undefined,
    });
  });

  it('list nothing but them', () => {
    for (const name of ['pod-sync', 'node-teardown']) {
      expect(only(rightsOf(controlLoop, name), 's3:ListBucket')).toEqual({
        actions: ['s3:ListBucket'],
        resources: [expect.stringMatching(FILES)],
        condition: { StringLike: { 's3:prefix': ['test/*'] } },
      });
    }
  });

  it('let nobody but ECS read them', () => {
    for (const name of FUNCTION_NAMES) {
      expect(rightsOf(controlLoop, name).flatMap(({ actions }) => actions)).not.toContain('s3:GetObject');
    }
    expect(only(executionRights(), 's3:GetObject')).toEqual({
      actions: ['s3:GetObject'],
      resources: [expect.stringMatching(POD_FILES)],
      condition: undefined,
    });
    expect(only(executionRights(), 's3:GetBucketLocation').resources).toEqual([expect.stringMatching(FILES)]);
  });

  it('fit the keys that the provider makes', () => {
    const key = envFileKey({ cluster: 'test', node: 'node-a', uid: 'u', attempt: 1, container: 'web' });
    const [pattern = ''] = only(executionRights(), 's3:GetObject').resources;
    expect(matches(pattern.slice(pattern.indexOf('/') + 1), key)).toBe(true);
  });
});

describe('the rights to the copies of secrets', { timeout: 120_000 }, () => {
  it('are for the two kinds of copies: pod-sync keeps them, ECS reads them', () => {
    expect(only(rightsOf(controlLoop, 'pod-sync'), 'secretsmanager:CreateSecret')).toEqual({
      actions: [
        'secretsmanager:CreateSecret',
        'secretsmanager:DeleteSecret',
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:TagResource',
      ],
      resources: MIRRORS,
      condition: undefined,
    });
    expect(only(rightsOf(controlLoop, 'pod-sync'), 'secretsmanager:ListSecrets').resources).toEqual(['*']);
    expect(only(executionRights(), 'secretsmanager:GetSecretValue').resources).toEqual(MIRRORS);
  });

  it('never reach the kubeconfig', () => {
    const secret = 'lambdalet/test/kubeconfig';
    const named = synthesize({ secret }).controlLoop;
    const reaching = [...rightsOf(named, 'pod-sync'), ...executionRights(named)].filter(({ resources }) =>
      resources.some((resource) => resource.includes(`:secret:${secret}`)),
    );
    expect(reaching.map(({ actions }) => actions)).toEqual([['secretsmanager:GetSecretValue']]);
    for (const mirror of MIRRORS)
      expect(matches(mirror.slice(mirror.indexOf('lambdalet/')), `${secret}-AbCdEf`)).toBe(false);
  });

  it('are not given to any other function', () => {
    for (const name of FUNCTION_NAMES.filter((other) => other !== 'pod-sync')) {
      const resources = rightsOf(controlLoop, name).flatMap((made) => made.resources);
      for (const mirror of MIRRORS) expect(resources, name).not.toContain(mirror);
    }
  });

  it('fit the names that the provider makes', () => {
    const name = variableMirror('test', 'shop', { secret: 'db' });
    expect(
      MIRRORS.some((mirror) => matches(mirror, `${MIRRORS[0]!.split('lambdalet/')[0]}${name}-AbCdEf`)),
    ).toBe(true);
  });
});

describe('the rights to pass roles', { timeout: 120_000 }, () => {
  const passed = (changes: object): Statement =>
    only(rightsOf(synthesize({ nodes: [{ ...NODE, ...changes }] }).controlLoop, 'pod-sync'), 'iam:PassRole');

  it('are for the execution role alone when the file names none, and to ECS tasks', () => {
    expect(passed({})).toEqual({
      actions: ['iam:PassRole'],
      resources: [expect.stringContaining('PodsExecutionRole')],
      condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    });
  });

  it('are for exactly the roles that the file names, each once', () => {
    expect(passed(POD_SETTINGS)).toEqual({
      actions: ['iam:PassRole'],
      resources: [
        'arn:aws:iam::123456789012:role/pods',
        'arn:aws:iam::123456789012:role/shop-execution',
        'arn:aws:iam::123456789012:role/shop-web',
        'arn:aws:iam::123456789012:role/shop/worker',
        expect.stringContaining('PodsExecRole'),
        expect.stringContaining('PodsExecutionRole'),
      ],
      condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    });
  });
});

describe('the execution role', () => {
  it('pulls images, reads files and secrets of pods, writes their logs, and does nothing else', () => {
    const actions = executionRights().flatMap((made) => made.actions);
    expect(actions.filter((action) => !action.startsWith('ecr:')).sort()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetBucketLocation',
      's3:GetObject',
      'secretsmanager:GetSecretValue',
    ]);
  });
});
