import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../lib/core/failure.ts';
import {
  classifyError,
  classifyRunFailure,
  isDefinitionGone,
  isDefinitionMissing,
  isTaskMissing,
} from '../../lib/providers/ecs-fargate/calls/classify-error.ts';

const sdkError = (name: string, message = 'no details', httpStatusCode = 400) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
const nodeError = (code: string) => Object.assign(new Error(code), { code });

describe('classifying an error of a launch', () => {
  it.each<[string, unknown, FailureKind]>([
    ['a throttle', sdkError('ThrottlingException', 'Rate exceeded'), 'throttled'],
    ['a 429', sdkError('Whatever', '', 429), 'throttled'],
    [
      'EC2 lookups throttled inside',
      sdkError('InvalidParameterException', 'Error retrieving subnet information: RequestLimitExceeded'),
      'throttled',
    ],
    ['a server fault', sdkError('ServerException', 'Service Unavailable', 500), 'ambiguous'],
    ['a broken connection', nodeError('ECONNRESET'), 'ambiguous'],
    ['a timeout', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 'ambiguous'],
    ['an abort', Object.assign(new Error('aborted'), { name: 'AbortError' }), 'ambiguous'],
    ['something that is no error', 'broken', 'ambiguous'],
    ['no connection at all', nodeError('ECONNREFUSED'), 'transient'],
    ['an unknown host', nodeError('ENOTFOUND'), 'transient'],
    ['missing rights', sdkError('AccessDeniedException', 'not authorized to perform: iam:PassRole'), 'auth'],
    ['a missing cluster', sdkError('ClusterNotFoundException', 'Cluster not found.'), 'auth'],
    ['a blocked account', sdkError('BlockedException', 'Your account has been blocked'), 'auth'],
    ['an expired token', sdkError('ExpiredTokenException'), 'auth'],
    ['no credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'auth'],
    ['an unknown 403', sdkError('NewException', '', 403), 'auth'],
    [
      'a role that ECS may not take',
      sdkError('ClientException', 'ECS was unable to assume the role arn:x that was provided'),
      'auth',
    ],
    [
      'a missing service-linked role',
      sdkError('InvalidParameterException', 'Unable to assume the service linked role.'),
      'auth',
    ],
    [
      'a subnet of the settings',
      sdkError('InvalidParameterException', "The subnet ID 'subnet-1' does not exist"),
      'auth',
    ],
    [
      'a capacity provider of the settings',
      sdkError('InvalidParameterException', 'The specified capacity provider FARGATE_SPOT was not found.'),
      'auth',
    ],
    [
      'a rate limit in other words',
      sdkError('ClientException', 'Rate limit exceeded. Try again later.'),
      'throttled',
    ],
    [
      'rights that are insufficient',
      sdkError('ClientException', 'insufficient permissions: not authorized'),
      'auth',
    ],
    ['a quota', sdkError('LimitExceededException', 'The limit for the resource was exceeded'), 'quota'],
    [
      'two registrations at once',
      sdkError('ClientException', 'Too many concurrent attempts to create a new revision of the family'),
      'transient',
    ],
    [
      'overrides that are too long',
      sdkError('InvalidParameterException', 'Container Overrides length must be at most 8192'),
      'refused',
    ],
    [
      'a bad definition',
      sdkError('ClientException', 'No Fargate configuration exists for given values.'),
      'refused',
    ],
    ['a platform', sdkError('PlatformUnknownException'), 'refused'],
    ['an unknown 400', sdkError('NewException'), 'refused'],
  ])('calls %s by its right name', (_, error, kind) => {
    expect(classifyError(error, 'launch').kind).toBe(kind);
  });

  it('keeps code and words of whoever refused', () => {
    expect(classifyError(sdkError('ClientException', 'No such thing'), 'launch')).toEqual({
      kind: 'refused',
      code: 'ClientException',
      message: 'No such thing',
    });
  });

  it('tells a subnet that is full from Fargate that is', () => {
    const error = sdkError('ClientException', 'subnet-1: InsufficientFreeAddressesInSubnet');
    expect(classifyError(error, 'launch')).toMatchObject({
      kind: 'capacity',
      podReason: 'SubnetAddressesExhausted',
    });
  });

  it('calls nothing but a launch ambiguous', () => {
    expect(classifyError(nodeError('ECONNRESET'), 'other').kind).toBe('transient');
    expect(classifyError(sdkError('ServerException', '', 500), 'other').kind).toBe('transient');
  });
});

describe('classifying what a successful RunTask could not do', () => {
  it.each<[string, FailureKind]>([
    ['Capacity is unavailable at this time. Please try again later', 'capacity'],
    ["You've reached the limit on the number of vCPUs you can run concurrently", 'quota'],
    ["You've reached the limit on the number of spot tasks you can run concurrently", 'quota'],
    ['The subnet subnet-1 has insufficient free addresses', 'capacity'],
    ['Rate limit exceeded while preparing network interface', 'throttled'],
    ['RESOURCE:MEMORY', 'capacity'],
    ['AGENT', 'transient'],
  ])('calls "%s" %s', (reason, kind) => {
    expect(classifyRunFailure({ reason }).kind).toBe(kind);
  });

  it.each([
    ['The subnet subnet-1 has insufficient free addresses', 'SubnetAddressesExhausted'],
    ['RESOURCE:ENI', 'SubnetAddressesExhausted'],
    ['RESOURCE:MEMORY', undefined],
    ['Capacity is unavailable at this time.', undefined],
    ["You've reached the limit on the number of vCPUs you can run concurrently", undefined],
  ])('tells a subnet that is full from Fargate that is: "%s"', (reason, podReason) => {
    expect(classifyRunFailure({ reason }).podReason).toBe(podReason);
  });

  it('adds the detail, and is in doubt when there is neither task nor failure', () => {
    expect(classifyRunFailure({ reason: 'AGENT', detail: 'gone' }).message).toBe('AGENT (gone)');
    expect(classifyRunFailure({}).kind).toBe('transient');
    expect(classifyRunFailure(undefined).kind).toBe('ambiguous');
  });
});

describe('telling what is missing', () => {
  it.each([
    ['InvalidParameterException', 'TaskDefinition not found.', true],
    ['InvalidParameterException', 'TaskDefinition is inactive', true],
    ['ClientException', 'TaskDefinition not found.', true],
    ['ClientException', 'The specified task definition does not exist.', true],
    ['ClientException', 'Cluster not found.', false],
    ['ServerException', 'TaskDefinition not found.', false],
  ])('%s "%s": definition missing is %s', (name, message, expected) => {
    expect(isDefinitionMissing(sdkError(name, message))).toBe(expected);
  });

  it.each([
    ['ClientException', 'Unable to describe task definition.', true],
    ['ClientException', 'The specified task definition is inactive.', true],
    ['AccessDeniedException', 'Unable to describe task definition.', false],
    ['ClientException', 'Family contains invalid characters.', false],
  ])('%s "%s": definition gone is %s', (name, message, expected) => {
    expect(isDefinitionGone(sdkError(name, message))).toBe(expected);
  });

  it('knows a task that StopTask does not', () => {
    expect(isTaskMissing(sdkError('InvalidParameterException', 'The referenced task was not found.'))).toBe(
      true,
    );
    expect(isTaskMissing(sdkError('ClusterNotFoundException', 'task cluster not found'))).toBe(false);
  });
});
